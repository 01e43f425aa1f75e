"""Results of proteomics search engines as log2 intensities, by one engine and tables of names."""
