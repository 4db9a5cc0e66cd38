"""What chapters show besides explorers: tables of computed numbers, matrices to scale, diagrams of cells and blocks."""
