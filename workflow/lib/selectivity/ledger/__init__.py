"""The ledger: every number that the papers print beside ours, the claims with their verdicts, and checks of the papers.

`published` reads the printed numbers, `quantities` computes ours in the same terms, `checks` compares the papers with
themselves, `rows` joins all of it, and `page` writes it as one self-contained HTML page. NumPy only.
"""
