/** How much of a feature's texts each label has: a table of (feature, label) pairs, which grows with what is met. */
export class LabelCounts {
  size = 0;
  private slots = 1 << 16;
  private features = new Uint32Array(this.slots);
  private labels = new Uint32Array(this.slots);
  /** 0 where a slot is free: what weighs nothing is not kept. */
  private weights = new Float32Array(this.slots);

  /** Bytes of the table. */
  get bytes(): number {
    return this.slots * 12;
  }

  add(feature: number, label: number, weight: number): void {
    if (weight === 0) return;
    if (4 * this.size >= 3 * this.slots) this.grow();
    const slot = this.slotOf(feature, label);
    if (this.weights[slot] === 0) {
      this.features[slot] = feature;
      this.labels[slot] = label;
      this.size++;
    }
    this.weights[slot] += weight;
  }

  /** All pairs, those of feature 0 first: `starts` (features + 1) says where those of each begin, in no special order. */
  grouped(featureCount: number): { starts: Uint32Array; labels: Uint32Array; weights: Float32Array } {
    const starts = new Uint32Array(featureCount + 1);
    for (let slot = 0; slot < this.slots; slot++) if (this.weights[slot] !== 0) starts[this.features[slot] + 1]++;
    for (let feature = 0; feature < featureCount; feature++) starts[feature + 1] += starts[feature];
    const next = starts.slice();
    const labels = new Uint32Array(this.size);
    const weights = new Float32Array(this.size);
    for (let slot = 0; slot < this.slots; slot++) {
      if (this.weights[slot] === 0) continue;
      const at = next[this.features[slot]]++;
      labels[at] = this.labels[slot];
      weights[at] = this.weights[slot];
    }
    return { starts, labels, weights };
  }

  private slotOf(feature: number, label: number): number {
    const mask = this.slots - 1;
    let hash = Math.imul(feature, 0x9e3779b1) ^ Math.imul(label, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & mask;
    while (this.weights[slot] !== 0 && !(this.features[slot] === feature && this.labels[slot] === label))
      slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { slots, features, labels, weights } = this;
    this.slots = 2 * slots;
    this.features = new Uint32Array(this.slots);
    this.labels = new Uint32Array(this.slots);
    this.weights = new Float32Array(this.slots);
    for (let old = 0; old < slots; old++) {
      if (weights[old] === 0) continue;
      const slot = this.slotOf(features[old], labels[old]);
      this.features[slot] = features[old];
      this.labels[slot] = labels[old];
      this.weights[slot] = weights[old];
    }
  }
}
