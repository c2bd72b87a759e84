"""Single-unit selectivity: measures, their inputs and their figures.

The library knows nothing of Snakemake; stage scripts in ``workflow/scripts`` adapt files to its functions.
"""
