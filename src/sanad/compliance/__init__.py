"""What the law asks before and after money moves: screening, Travel Rule. Each folder has the shape of a programme."""
