"""What a kilowatt-hour costs, and how much carbon dioxide it stands for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EnergyPrice:
    """The tariff and the carbon factor that the city counts with."""

    eur_per_kwh: float
    """EUR/kWh, all taxes and network charges that the city pays included."""
    co2_g_per_kwh: float
    """Grams of CO₂ equivalent per kWh."""

    def eur(self, kwh: float) -> float:
        """What some energy costs, EUR."""
        return kwh * self.eur_per_kwh

    def co2_kg(self, kwh: float) -> float:
        """What some energy stands for, kg of CO₂ equivalent."""
        return kwh * self.co2_g_per_kwh / 1000.0


TYPICAL = EnergyPrice(eur_per_kwh=0.20, co2_g_per_kwh=21.7)
"""Where the city has said nothing else. The tariff is a round number, unverified, that stands for no contract; the
carbon factor is that of French generation in 2024 (RTE, Bilan électrique 2024)."""
