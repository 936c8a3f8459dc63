"""``python -m benchmarks [NAME …]``: run all of them, or those named."""

import sys

from benchmarks import (
    arbitration,
    city_map,
    city_order,
    console,
    demo_cost,
    fault_finding,
    headless_night,
    influx_writing,
    ingest,
    line_protocol,
    modbus_sweep,
    mqtt_decode,
    mqtt_lamps,
    preview,
    snmp_polling,
    start_up,
    store_away,
    telemetry_store,
    wifi_forecast,
)

BENCHMARKS = {
    "arbitration": arbitration.main,
    "city-map": city_map.main,
    "city-order": city_order.main,
    "console": console.main,
    "start-up": start_up.main,
    "demo-cost": demo_cost.main,
    "headless-night": headless_night.main,
    "fault-finding": fault_finding.main,
    "preview": preview.main,
    "modbus-sweep": modbus_sweep.main,
    "influx-writing": influx_writing.main,
    "line-protocol": line_protocol.main,
    "mqtt-decode": mqtt_decode.main,
    "mqtt-lamps": mqtt_lamps.main,
    "snmp-polling": snmp_polling.main,
    "ingest": ingest.main,
    "store-away": store_away.main,
    "telemetry-store": telemetry_store.main,
    "wifi-forecast": wifi_forecast.main,
}


def run(names: list[str]) -> int:
    """Run benchmarks by name and print a line for each figure."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(
            f"benchmarks: got {', '.join(unknown)}, expected some of {', '.join(BENCHMARKS)}", file=sys.stderr
        )
        return 2
    for name in names or list(BENCHMARKS):
        for figure, value in BENCHMARKS[name]():
            print(f"{name:<16} {figure:<44} {value}", flush=True)
    return 0


sys.exit(run(sys.argv[1:]))
