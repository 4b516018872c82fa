// Histograms that cost a few additions a value, where prom-client's look their labels up each time.
import type { Metric, Registry } from "prom-client";

/** How often values were within each bound, for one set of labels. */
export class Tally {
  readonly labels: Readonly<Record<string, string>>;
  private readonly bounds: readonly number[];
  /** Values above the bound before, up to this one; the last are above all. */
  private readonly counts: number[];
  /** Sum of all values. */
  sum = 0;
  /** How many values there were. */
  count = 0;

  /** `bounds`: upwards. */
  constructor(labels: Readonly<Record<string, string>>, bounds: readonly number[]) {
    this.labels = labels;
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]) at++;
    this.counts[at]++;
    this.sum += value;
    this.count++;
  }

  /** How many values were up to each bound. */
  upTo(): number[] {
    let total = 0;
    return this.bounds.map((_, at) => {
      total += this.counts[at];
      return total;
    });
  }
}

/** A histogram as prom-client's registry reads it. */
export class TallyHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly aggregator = "sum";
  private readonly bounds: readonly number[];
  private readonly tallies: Tally[] = [];

  /** `bounds`: of the buckets, upwards; what is above the last has one of its own. */
  constructor(registry: Registry, name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.bounds = bounds;
    // All that a registry asks of a metric is what is here.
    registry.registerMetric(this as unknown as Metric);
  }

  /** A series with labels that no other has; to be kept by whoever counts. */
  tally(labels: Readonly<Record<string, string>>): Tally {
    const tally = new Tally(labels, this.bounds);
    this.tallies.push(tally);
    return tally;
  }

  /** All series. */
  all(): readonly Tally[] {
    return this.tallies;
  }

  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.tallies.flatMap((tally) => this.valuesOf(tally)) };
  }

  private valuesOf(tally: Tally): object[] {
    const { labels, sum, count } = tally;
    const bucket = (le: number | string, value: number): object => ({
      labels: { le, ...labels },
      value,
      metricName: `${this.name}_bucket`,
    });
    return [
      ...tally.upTo().map((value, at) => bucket(this.bounds[at], value)),
      bucket("+Inf", count),
      { labels, value: sum, metricName: `${this.name}_sum` },
      { labels, value: count, metricName: `${this.name}_count` },
    ];
  }
}
