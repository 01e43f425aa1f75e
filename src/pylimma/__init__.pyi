# The one list of public names, loaded on first use; kept in the order of the rooms.
__version__: str

from . import datasets as datasets, errors as errors, plotting as plotting

# numerics
from .numerics.smoothing.loess_fit import loess_fit as loess_fit
from .numerics.smoothing.lowess import lowess as lowess
from .numerics.smoothing.moving_average import tricube_moving_average as tricube_moving_average
from .numerics.smoothing.lowess import choose_lowess_span as choose_lowess_span
from .numerics.smoothing.weighted_lowess import weighted_lowess as weighted_lowess

# datasets
from .datasets import CountData as CountData
from .datasets import mammary as mammary
from .datasets import simulate_counts as simulate_counts
from .datasets import yoruba as yoruba

# containers
from .containers.binding import cbind as cbind, merge as merge, rbind as rbind
from .containers.counts import DGEList as DGEList
from .containers.decisions import TestResults as TestResults
from .containers.expression import EList as EList, EListRaw as EListRaw
from .containers.fit import MArrayLM as MArrayLM
from .containers.mixed_model import MixedModelFit as MixedModelFit
from .containers.two_color import MAList as MAList, PrintLayout as PrintLayout, RGList as RGList

# adapters
from .adapters.eawp import get_eawp as get_eawp
from .adapters.dge_list import as_dge_list as as_dge_list
from .adapters.weights import as_matrix_weights as as_matrix_weights
from .adapters.weights import modify_weights as modify_weights

# design
from .design.contrasts.families import against_control as against_control
from .design.contrasts.families import against_rest as against_rest
from .design.contrasts.families import all_pairs as all_pairs
from .design.contrasts.contrasts import make_contrasts as make_contrasts
from .design.description import DesignDescription as DesignDescription
from .design.description import describe_design as describe_design
from .design.show_design import DesignView as DesignView
from .design.show_design import show_design as show_design
from .design.matrices import model_matrix as model_matrix
from .design.rank import is_fullrank as is_fullrank
from .design.rank import non_estimable as non_estimable
from .design.contrasts.reparameterised import contrast_as_coef as contrast_as_coef
from .design.two_color import design_i2a as design_i2a
from .design.two_color import design_i2m as design_i2m
from .design.two_color import targets_a2c as targets_a2c
from .design.two_color import two_color_design as two_color_design
from .design.two_color import unique_targets as unique_targets
from .design.contrasts.description import describe_contrast as describe_contrast

# preprocessing
from .preprocessing.arrays.between_arrays import (
    normalize_between_arrays as normalize_between_arrays,
    normalize_between_samples as normalize_between_samples,
)
from .preprocessing.counts.averages import ave_log_cpm as ave_log_cpm
from .preprocessing.counts.averages import cpm_by_group as cpm_by_group
from .preprocessing.counts.averages import rpkm_by_group as rpkm_by_group
from .preprocessing.counts.rates import add_prior_count as add_prior_count
from .preprocessing.counts.rates import cpm as cpm
from .preprocessing.counts.rates import rpkm as rpkm
from .preprocessing.counts.rates import tpm as tpm
from .preprocessing.arrays.duplicates import avedups as avedups
from .preprocessing.arrays.duplicates import get_dup_spacing as get_dup_spacing
from .preprocessing.arrays.duplicates import get_spacing as get_spacing
from .preprocessing.arrays.control_status import control_status as control_status
from .preprocessing.arrays.layout import get_layout as get_layout
from .preprocessing.arrays.layout import gridc as gridc
from .preprocessing.arrays.layout import gridr as gridr
from .preprocessing.arrays.layout import spotc as spotc
from .preprocessing.arrays.layout import spotr as spotr
from .preprocessing.arrays.merge_scans import merge_scans_rg as merge_scans_rg
from .preprocessing.arrays.replicates import avearrays as avearrays
from .preprocessing.arrays.replicates import avereps as avereps
from .preprocessing.arrays.print_order import printorder as printorder
from .preprocessing.arrays.print_order_trends import (
    normalize_for_printorder as normalize_for_printorder,
)
from .preprocessing.arrays.print_order_trends import (
    normalize_for_printorder_rg as normalize_for_printorder_rg,
)
from .preprocessing.arrays.robust_spline import normalize_robust_spline as normalize_robust_spline
from .preprocessing.arrays.variance_stabilization import normalize_vsn as normalize_vsn
from .preprocessing.arrays.within_arrays import normalize_within_arrays as normalize_within_arrays
from .preprocessing.arrays.duplicates import uniquegenelist as uniquegenelist
from .preprocessing.arrays.duplicates import unwrapdups as unwrapdups
from .preprocessing.arrays.background import background_correct as background_correct
from .preprocessing.arrays.background import background_correct_matrix as background_correct_matrix
from .preprocessing.arrays.neqc import nec as nec
from .preprocessing.arrays.neqc import neqc as neqc
from .preprocessing.arrays.controls import normexp_fit_control as normexp_fit_control
from .preprocessing.arrays.controls import normexp_fit_detection_p as normexp_fit_detection_p
from .preprocessing.arrays.detection import detection_p_values as detection_p_values
from .preprocessing.arrays.detection import propexpr as propexpr
from .preprocessing.arrays.kooperberg import kooperberg as kooperberg
from .preprocessing.arrays.neighbourhoods import ma3x3_matrix as ma3x3_matrix
from .preprocessing.arrays.neighbourhoods import ma3x3_spottedarray as ma3x3_spottedarray
from .preprocessing.arrays.normexp import normexp_fit as normexp_fit
from .preprocessing.arrays.normexp import normexp_signal as normexp_signal
from .preprocessing.arrays.two_color import exprs_ma as exprs_ma
from .preprocessing.arrays.two_color import ma_rg as ma_rg
from .preprocessing.arrays.two_color import rg_ma as rg_ma
from .preprocessing.counts.filtering import filter_by_cpm as filter_by_cpm
from .preprocessing.counts.filtering import filter_by_expr as filter_by_expr
from .preprocessing.counts.library_sizes import norm_lib_sizes as norm_lib_sizes
from .preprocessing.arrays.normalization import normalize_cyclic_loess as normalize_cyclic_loess
from .preprocessing.arrays.normalization import (
    normalize_median_abs_values as normalize_median_abs_values,
)
from .preprocessing.arrays.normalization import normalize_median_values as normalize_median_values
from .preprocessing.arrays.normalization import normalize_quantiles as normalize_quantiles
from .preprocessing.proteins import filter_compound_proteins as filter_compound_proteins
from .preprocessing.proteins import (
    filter_non_proteotypic_peptides as filter_non_proteotypic_peptides,
)
from .preprocessing.proteins import filter_singleton_peptides as filter_singleton_peptides
from .preprocessing.proteins import remove_na_rows as remove_na_rows
from .preprocessing.counts.pseudobulk import pseudobulk as pseudobulk
from .preprocessing.counts.technical_replicates import sum_tech_reps as sum_tech_reps

# readers
from .readers.arrays.columns import read_columns as read_columns
from .readers.arrays.gal import get_layout2 as get_layout2, read_gal as read_gal
from .readers.arrays.spot_types import read_spot_types as read_spot_types
from .readers.arrays.spot_weights import wt_ignore_filter as wt_ignore_filter
from .readers.arrays.spot_weights import wtarea as wtarea, wtflags as wtflags
from .readers.arrays.targets import read_targets as read_targets
from .readers.arrays.geo import SampleInfo as SampleInfo
from .readers.arrays.geo import read_geo as read_geo
from .readers.arrays.geo import sample_info_from_geo as sample_info_from_geo
from .readers.arrays.idat import read_idat as read_idat
from .readers.arrays.illumina import read_ilmn as read_ilmn
from .readers.arrays.illumina import read_ilmn_targets as read_ilmn_targets
from .readers.arrays.headers import read_generic_header as read_generic_header
from .readers.arrays.headers import read_gpr_header as read_gpr_header
from .readers.arrays.headers import read_imagene_header as read_imagene_header
from .readers.arrays.headers import read_smd_header as read_smd_header
from .readers.arrays.imagene import read_imagene as read_imagene
from .readers.arrays.images import read_maimages as read_maimages
from .readers.cell_matrices import read_10x as read_10x
from .readers.count_tables import read_counts as read_counts
from .readers.count_tables import read_dge as read_dge
from .readers.count_tables import read_feature_counts as read_feature_counts
from .readers.overdispersion import TranscriptCounts as TranscriptCounts
from .readers.prefix_quantifications import catch_oarfish as catch_oarfish
from .readers.prefix_quantifications import read_oarfish as read_oarfish
from .readers.prefix_quantifications import read_piscem as read_piscem
from .readers.proteomics.alphadia import read_alphadia as read_alphadia
from .readers.proteomics.diann import read_diann as read_diann
from .readers.proteomics.fragpipe import read_fragpipe as read_fragpipe
from .readers.proteomics.maxquant import read_maxquant as read_maxquant
from .readers.proteomics.spectronaut import read_spectronaut as read_spectronaut
from .readers.quantifications import catch_kallisto as catch_kallisto
from .readers.quantifications import catch_rsem as catch_rsem
from .readers.quantifications import catch_salmon as catch_salmon
from .readers.quantifications import read_kallisto as read_kallisto
from .readers.quantifications import read_rsem as read_rsem
from .readers.quantifications import read_salmon as read_salmon

# fit
from .fit.against_control import fit_against_control as fit_against_control
from .fit.batch import remove_batch_effect as remove_batch_effect
from .fit.batch import wsva as wsva
from .fit.contrasts import contrasts_fit as contrasts_fit
from .fit.correlation import duplicate_correlation as duplicate_correlation
from .fit.linear_model import lm_fit as lm_fit
from .fit.mixture import fitmixture as fitmixture
from .fit.separate_channel import intraspot_correlation as intraspot_correlation
from .fit.separate_channel import lmsc_fit as lmsc_fit
from .fit.series import gls_series as gls_series
from .fit.series import lm_series as lm_series
from .fit.series import mrlm as mrlm

# weights
from .weights.array_weights import array_weights as array_weights
from .weights.array_weights import array_weights_quick as array_weights_quick
from .weights.bead_weights import bead_count_weights as bead_count_weights
from .weights.printtip_weights import printtip_weights as printtip_weights
from .weights.quality_weights import voom_with_quality_weights as voom_with_quality_weights
from .weights.voom import voom as voom
from .weights.voom_lm_fit import voom_lm_fit as voom_lm_fit
from .weights.vooma import vooma as vooma
from .weights.vooma_by_group import vooma_by_group as vooma_by_group
from .weights.vooma_lm_fit import vooma_lm_fit as vooma_lm_fit
from .weights.vooma_imputed import (
    vooma_lm_fit_with_imputation as vooma_lm_fit_with_imputation,
)

# moderation
from .moderation.e_bayes import e_bayes as e_bayes
from .moderation.gamma_intercept import fit_gamma_intercept as fit_gamma_intercept
from .moderation.spectra_counts import spectra_count_e_bayes as spectra_count_e_bayes
from .moderation.treat import treat as treat
from .moderation.f_moments import fit_f_dist as fit_f_dist
from .moderation.f_robust import fit_f_dist_robustly as fit_f_dist_robustly
from .moderation.f_likelihood import fit_f_dist_unequal_df1 as fit_f_dist_unequal_df1
from .moderation.squeeze_var import squeeze_var as squeeze_var
from .numerics.distributions.special import logcosh as logcosh
from .numerics.distributions.special import logmdigamma as logmdigamma
from .numerics.distributions.special import trigamma_inverse as trigamma_inverse
from .moderation.t_mixture import tmixture_matrix as tmixture_matrix
from .moderation.t_mixture import tmixture_vector as tmixture_vector

# results
from .results.classify import classify_tests_f as classify_tests_f
from .results.decide_tests import decide_tests as decide_tests
from .results.write_tidy import write_tidy as write_tidy
from .results.exports import tidy as tidy
from .results.exports import to_decoupler as to_decoupler
from .results.exports import to_deseq_columns as to_deseq_columns
from .results.exports import to_rank_genes_groups as to_rank_genes_groups
from .results.exports import to_rnk as to_rnk
from .results.nested_f import nested_f_test as nested_f_test
from .results.stored import fit_from_anndata as fit_from_anndata
from .results.stored import fit_to_anndata as fit_to_anndata
from .results.missing_values import MissingValues as MissingValues
from .results.missing_values import missing_values as missing_values
from .results.missing_values import on_off_table as on_off_table
from .results.top_table import top_table as top_table
from .results.top_table import top_treat as top_treat
from .results.write_fit import write_fit as write_fit

# statistics
from .statistics.genas import genas as genas
from .statistics.pred_fcm import pred_fcm as pred_fcm
from .statistics.select_model import select_model as select_model
from .statistics.overlaps import venn_counts as venn_counts
from .statistics.quantile_plots import qqf as qqf
from .statistics.quantile_plots import qqt as qqt
from .statistics.scores import au_roc as au_roc
from .statistics.scores import cum_overlap as cum_overlap
from .statistics.scores import weighted_median as weighted_median
from .statistics.sums_of_squares import bwss as bwss
from .statistics.sums_of_squares import bwss_matrix as bwss_matrix
from .statistics.sums_of_squares import pool_var as pool_var
from .statistics.true_null import convest as convest
from .statistics.true_null import p_adjust as p_adjust
from .statistics.true_null import prop_true_null as prop_true_null
from .statistics.z_scores import t_zscore as t_zscore
from .statistics.z_scores import zscore as zscore
from .statistics.z_scores import zscore_gamma as zscore_gamma
from .statistics.z_scores import zscore_hyper as zscore_hyper
from .statistics.z_scores import zscore_t as zscore_t

# genesets
from .genesets.collections import read_gene_sets as read_gene_sets
from .genesets.collections import read_gmt as read_gmt
from .genesets.enriched_terms import goana as goana
from .genesets.enriched_terms import kegga as kegga
from .genesets.symbols import alias2symbol as alias2symbol
from .genesets.symbols import alias2symbol_table as alias2symbol_table
from .genesets.symbols import alias2symbol_using_ncbi as alias2symbol_using_ncbi
from .genesets.top_terms import top_go as top_go
from .genesets.top_terms import top_kegg as top_kegg
from .genesets.trend import goana_trend as goana_trend
from .genesets.go_annotation import read_gaf as read_gaf
from .genesets.kegg import get_gene_kegg_links as get_gene_kegg_links
from .genesets.kegg import get_kegg_pathway_names as get_kegg_pathway_names
from .genesets.ontology import Ontology as Ontology
from .genesets.ontology import read_obo as read_obo
from .genesets.roast import roast as roast
from .genesets.romer import romer as romer, top_romer as top_romer
from .genesets.sets import ids2indices as ids2indices

# splicing
from .splicing.diff_splice import SpliceFit as SpliceFit
from .splicing.diff_splice import diff_splice as diff_splice
from .splicing.top_splice import top_splice as top_splice

# exploration
from .exploration.discriminant import rldf as rldf
from .exploration.ordination import mds as mds

# models
from .models.limma import Limma as Limma

# genesets
from .genesets.camera import camera as camera
from .genesets.correlation import inter_gene_correlation as inter_gene_correlation
from .genesets.fry import fry as fry
from .genesets.mroast import mroast as mroast
from .genesets.preranked import camera_pr as camera_pr
from .genesets.ranks import gene_set_test as gene_set_test, wilcox_gst as wilcox_gst
from .genesets.ranks import rank_sum_test_with_correlation as rank_sum_test_with_correlation

# proteomics
from .proteomics.tilting import impute_by_exp_tilt as impute_by_exp_tilt
from .proteomics.tilting import exp_tilt_by_rows as exp_tilt_by_rows
from .proteomics.tilting import exp_tilt_by_columns as exp_tilt_by_columns
from .proteomics.detection_curve import dpc as dpc
from .proteomics.detection_curve import dpc_on as dpc_on
from .proteomics.complete_normal import dpc_cn as dpc_cn
from .proteomics.intercept import estimate_dpc_intercept as estimate_dpc_intercept
from .proteomics.moments import observed_moments_cn as observed_moments_cn
from .proteomics.moments import complete_moments_on as complete_moments_on
from .proteomics.hyperparameters import dpc_quant_hyperparam as dpc_quant_hyperparam
from .proteomics.hyperparameters import dpc_impute_hyperparam as dpc_impute_hyperparam
from .proteomics.hyperparameters import (
    protein_res_var_from_complete_peptide_data as protein_res_var_from_complete_peptide_data,
)
from .proteomics.differential import dpc_de as dpc_de
from .proteomics.filters import filter_by_detection as filter_by_detection
from .proteomics.simulation import sim_protein_data_set as sim_protein_data_set
from .proteomics.zero_truncated import dztbinom as dztbinom
from .proteomics.zero_truncated import pztbinom as pztbinom
from .proteomics.zero_truncated import fit_zt_logit as fit_zt_logit
from .proteomics.quantification import dpc_quant as dpc_quant
from .proteomics.quantification import dpc_quant_by_row as dpc_quant_by_row

# plotting
from .plotting.barcode import barcodeplot as barcodeplot
from .plotting.arrays import plot_fb as plot_fb
from .plotting.arrays import plot_ma3by2 as plot_ma3by2
from .plotting.bars import plot_library_sizes as plot_library_sizes
from .plotting.bars import plot_sample_weights as plot_sample_weights
from .plotting.detection_curve import plot_dpc as plot_dpc
from .plotting.discriminant import plot_rldf as plot_rldf
from .plotting.distributions import plot_densities as plot_densities
from .plotting.distributions import plotlines as plotlines
from .plotting.enrichment import plot_sets as plot_sets
from .plotting.fold_changes import mdplot as mdplot
from .plotting.fold_changes import plot_ma as plot_ma
from .plotting.fold_changes import plot_md as plot_md
from .plotting.heat_diagram import heat_diagram as heat_diagram
from .plotting.heatmap import coolmap as coolmap
from .plotting.heatmap import plot_top_genes as plot_top_genes
from .plotting.samples import plot_mds as plot_mds
from .plotting.scatter import plot_with_highlights as plot_with_highlights
from .plotting.sets import venn_diagram as venn_diagram
from .plotting.image import imageplot as imageplot
from .plotting.image import imageplot3by2 as imageplot3by2
from .plotting.junctions import plot_exon_junc as plot_exon_junc
from .plotting.printing import plot_print_tip_loess as plot_print_tip_loess
from .plotting.printing import plot_printorder as plot_printorder
from .plotting.splice import plot_exons as plot_exons
from .plotting.splice import plot_splice as plot_splice
from .plotting.trend import plot_sa as plot_sa
from .plotting.missing_values import plot_missing_values as plot_missing_values
from .plotting.p_values import plot_p_values as plot_p_values
from .plotting.upset import plot_upset as plot_upset
from .plotting.variance_fractions import plot_variance_fractions as plot_variance_fractions
from .plotting.volcano import volcanoplot as volcanoplot

# analysis
from .analysis.analyze import analyze as analyze
from .analysis.cell_types import CellTypes as CellTypes
from .analysis.cell_types import analyze_pseudobulk as analyze_pseudobulk
from .analysis.result import Analysis as Analysis
