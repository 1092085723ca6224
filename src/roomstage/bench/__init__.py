"""Measurements of the whole path, beside its peers, as a table, Markdown and a plot.

speed, memory: subject -> request (encoded bytes) -> contenders -> timings -> document, plot
realism: cases (with their truth) -> stagings, baselines -> measures -> document, sheet
"""
