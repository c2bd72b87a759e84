"""What a network loses when units are silenced (Morcos et al. 2018, for which substitution2020 argues)."""
