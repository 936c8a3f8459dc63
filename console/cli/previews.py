"""A preview as a JSON document, and as lines for people."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from console.cli.arguments import iso

if TYPE_CHECKING:
    from lighting.preview import Preview, Use
    from lighting.preview_nights import NightPreview

HOUR_S = 3600.0


def document(seen: "Preview") -> dict[str, Any]:
    """One calendar, or one programme for every night, as ``--json`` prints it."""
    site = seen.site
    return {
        "programme": seen.programme.name,
        "calendar": seen.calendar.name,
        "title": seen.calendar.title,
        "position": {"latitude": site.position.latitude, "longitude": site.position.longitude},
        "time_zone": site.zone.key,
        "nights": [_night(seen, night) for night in seen.nights],
        "lit_h": round(seen.lit_hours, 3),
        "relative_energy": round(seen.relative_energy, 4),
        "totals": _totals(seen),
        "shortest_night": _length(seen.shortest),
        "longest_night": _length(seen.longest),
        "clock_change_nights": [_clock_change(seen, night) for night in seen.clock_change_nights],
        "leap_nights": [
            {**_night(seen, night), "in_range": night in seen.nights} for night in seen.leap_nights
        ],
        "rules": [{"rule": name, "nights": nights} for name, nights in seen.nights_of_rules.items()],
        "warnings": list(seen.warnings),
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "text": finding.text,
                "nights": len(finding.nights),
                "first": finding.nights[0].isoformat() if finding.nights else None,
                "last": finding.nights[-1].isoformat() if finding.nights else None,
            }
            for finding in seen.findings
        ],
    }


def _night(seen: "Preview", night: "NightPreview") -> dict[str, Any]:
    zone = seen.site.zone
    return {
        "night": night.night.isoformat(),
        "programme": night.programme,
        "rule": night.rule,
        "sun": night.sun.state,
        "sunset": None if night.sun.sunset is None else iso(night.sun.sunset),
        "sunrise": None if night.sun.sunrise is None else iso(night.sun.sunrise),
        "switch_points": [
            {
                "at": iso(point.at),
                "local": point.at.astimezone(zone).isoformat(timespec="seconds"),
                "level_pct": point.level,
                "fade_s": point.fade / timedelta(seconds=1),
            }
            for point in night.switch_points
        ],
        "lit_h": round(night.lit_hours, 4),
        "full_load_h": round(night.full_hours, 4),
        "dark_h": round(night.dark_hours, 4),
        "unlit_h": round(night.unlit_hours, 4),
        "by_day_h": round(night.by_day_hours, 4),
        "relative_energy": round(night.relative_energy, 4),
    }


def _totals(seen: "Preview") -> dict[str, Any]:
    return {
        "nights": len(seen.nights),
        "installed_kw": seen.installed_kw,
        "eur_per_kwh": seen.price.eur_per_kwh,
        "co2_g_per_kwh": seen.price.co2_g_per_kwh,
        "lit_h": round(seen.lit_hours, 3),
        "full_load_h": round(seen.full_hours, 3),
        "dark_h": round(seen.dark_hours, 3),
        **_use(seen.use(seen.full_hours)),
        "full_power_while_lit": _use(seen.use(seen.lit_hours)),
        "full_power_sunset_to_sunrise": _use(seen.use(seen.dark_hours)),
        "saved_pct": None if seen.saved is None else round(100 * seen.saved, 2),
        "saved_while_lit_pct": round(100 * (1 - seen.relative_energy), 2) if seen.lit_hours else None,
    }


def _use(use: "Use") -> dict[str, float]:
    return {"kwh": round(use.kwh, 3), "eur": round(use.eur, 2), "co2_kg": round(use.co2_kg, 3)}


def _length(night: "NightPreview | None") -> dict[str, Any] | None:
    if night is None:
        return None
    return {"night": night.night.isoformat(), "length_s": night.sun.down_for.total_seconds()}


def _clock_change(seen: "Preview", night: "NightPreview") -> dict[str, Any]:
    return {
        "night": night.night.isoformat(),
        "forward_s": seen.clock_change_h(night) * HOUR_S,
        "length_s": night.sun.down_for.total_seconds(),
        "lit_h": round(night.lit_hours, 4),
        "steps": [
            {"at": f"{each.at:%H:%M}", "comes": each.comes, "local": each.meant.isoformat(timespec="seconds")}
            for each in seen.clock_moments(night)
        ],
    }


def show(seen: "Preview", *, with_nights: bool) -> None:
    """One calendar as lines: its nights if asked for, what they add up to, and what to look at."""
    print(f"{seen.calendar.name}  {seen.calendar.title}")
    if with_nights:
        for each in seen.nights:
            _show_night(seen, each)
    if len(seen.nights) > 1:
        share = 100 * seen.relative_energy
        print(f"{len(seen.nights)} nights  {seen.lit_hours:.1f} h, {share:.1f} % of full light")
        for name, night in (("shortest", seen.shortest), ("longest", seen.longest)):
            if night is not None:
                print(f"  {name} night {night.night}, {_span(night.sun.down_for)} from sunset to sunrise")
        for night in seen.clock_change_nights:
            print(f"  the clock changes on {night.night}: {_span(night.sun.down_for)} from sunset to sunrise")
        for rule, nights in seen.nights_of_rules.items():
            print(f"  {nights:4}  {rule or seen.calendar.default}")
    use = seen.use(seen.full_hours)
    print(
        f"  {use.kwh:.1f} kWh, {use.eur:.2f} EUR, {use.co2_kg:.1f} kg CO2 for {seen.installed_kw:g} kW installed"
    )
    if seen.saved is not None:
        print(f"  {100 * seen.saved:.1f} % saved against full light from sunset to sunrise")
    for finding in seen.findings:
        print(f"{'!' if finding.severity == 'warning' else 'i'} {finding.line}")


def _show_night(seen: "Preview", night: "NightPreview") -> None:
    why = "" if night.rule is None else f", {night.rule}"
    share = 100 * night.relative_energy
    print(f"{night.night}  {night.lit_hours:.2f} h, {share:.1f} % of full light  {night.programme}{why}")
    for point in night.switch_points:
        local = point.at.astimezone(seen.site.zone)
        print(f"  {local:%Y-%m-%d %H:%M:%S %Z}  {point.at:%H:%M:%SZ}  {point.level:g} %")


def _span(length: timedelta) -> str:
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    return f"{minutes // 60} h {minutes % 60:02} min {seconds:02} s"
