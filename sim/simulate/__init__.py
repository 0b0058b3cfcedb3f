"""The simulator: when things happen. Clock, driver, latencies, faults on order, seeded streams, the studio."""
