"""The demonstration: two throw-away agencies of a fictitious province, and the document they exchange.

Tỉnh Thanh Sơn, its agencies, its people and its seals exist nowhere; the images are drawn by `draw_images`.
"""
