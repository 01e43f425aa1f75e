process PYLIMMA_DIFFERENTIAL {
    tag "${meta.id}"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "pylimma"

    input:
    tuple val(meta), val(contrast_variable), val(reference), val(target), val(formula), val(comparison)
    tuple val(meta2), path(samplesheet), path(intensities)

    output:
    tuple val(meta), path("*.limma.results.tsv")         , emit: results
    tuple val(meta), path("*.limma.results_filtered.tsv"), emit: results_filtered
    tuple val(meta), path("*_limma.annotated.tsv")       , emit: annotated, optional: true
    tuple val(meta), path("*.limma.mean_difference.png") , emit: md_plot
    tuple val(meta), path("*.MArrayLM.limma.pylimma")    , emit: rdata
    tuple val(meta), path("*.limma.model.txt")           , emit: model
    tuple val(meta), path("*.R_sessionInfo.log")         , emit: session_info
    tuple val(meta), path("*.normalised_counts.tsv")     , emit: normalised_counts
    path "versions.yml"                                  , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    def asked = ['blocking', 'blocking_factors', 'exclude_samples_col', 'exclude_samples_values']
    def compared = formula
        ? [formula: formula, make_contrasts_str: comparison]
        : [comparison: [contrast_variable, reference, target]]
    def contrast = [id: prefix] + compared + meta.subMap(asked)
    def contrasts = groovy.json.JsonOutput.toJson([contrasts: [contrast]])
    """
    cat <<'END_CONTRASTS' > contrasts.yaml
    ${contrasts}
    END_CONTRASTS

    pylimma run \\
        --style nf-core \\
        --counts '${intensities}' \\
        --samples '${samplesheet}' \\
        --contrasts contrasts.yaml \\
        --no-report \\
        --no-parquet \\
        --threads ${task.cpus} \\
        --out results \\
        ${args}
    mv results/* .

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        pylimma: \$(pylimma --version | sed 's/.* //')
    END_VERSIONS
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    touch '${prefix}.limma.results.tsv'
    touch '${prefix}.limma.results_filtered.tsv'
    touch '${prefix}.limma.mean_difference.png'
    touch '${prefix}.MArrayLM.limma.pylimma'
    touch '${prefix}.limma.model.txt'
    touch '${prefix}.R_sessionInfo.log'
    touch '${prefix}.normalised_counts.tsv'

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        pylimma: \$(pylimma --version | sed 's/.* //')
    END_VERSIONS
    """
}
