"""What Falotier costs, measured: ``make bench`` prints one table. Nothing here is asserted in a timed test."""
