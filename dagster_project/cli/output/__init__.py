"""What commands print, and how: results on standard output, all else on standard error."""
