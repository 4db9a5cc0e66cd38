"""What an explorer is (`explorer`), what it is made of (`controls`, `view`), how it is drawn on paper
(`paper`) and in the browser (`browser/`), and one module of explorers a chapter."""
