"""Readers of weights published for other frameworks, and their conversion to safetensors."""
