"""Engines that let a diffusion model paint around, or anew, what the cpu engine has placed.

    crop -> (model) -> registration -> tone -> detail -> stitch, and drift for the report

All but the model's own files work on plain arrays and know no torch.
"""
