"""What clients saw while something broke: a history is written first, and judged afterwards."""
