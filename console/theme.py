"""The console's colours: a night with lamplight in it."""

from textual.theme import Theme

from console.vocabulary import AMBER, BLUE, GREEN, NIGHT_BLUE, VERMILION

NIGHT = Theme(
    name="falotier-night",
    primary=AMBER,
    secondary=BLUE,
    accent=AMBER,
    warning=AMBER,
    error=VERMILION,
    success=GREEN,
    foreground="#c9d3e6",
    background=NIGHT_BLUE,
    surface="#0f1729",
    panel="#16203a",
    dark=True,
    variables={"border": "#2b3a5c", "scrollbar": "#2b3a5c", "scrollbar-background": "#0f1729"},
)
