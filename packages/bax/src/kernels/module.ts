import { kernelBytes } from "./kernelBytes.ts";

/** Bytes of a WebAssembly page. */
export const PAGE_BYTES = 65536;
/** Pages of the largest memory: 4 GiB. */
export const MAX_PAGES = 65536;

/** The functions of assembly/, as JavaScript sees them: addresses and counts are unsigned 32-bit integers. */
export interface KernelExports {
  gather(ids: number, weights: number, count: number, embeddings: number, width: number, hidden: number): void;
  weigh(
    ids: number,
    counts: number,
    wordCount: number,
    count: number,
    featureWeights: number,
    termFrequencies: number,
    norm: number,
    wordScale: number,
    characterScale: number,
    weights: number,
  ): void;
  addAll(
    hashes: number,
    count: number,
    table: number,
    slots: number,
    keys: number,
    documents: number,
    size: number,
    ids: number,
    block: number,
  ): number;
  fillFeatures(table: number, size: number): void;
  findFeatures(
    hashes: number,
    counts: number,
    count: number,
    table: number,
    ids: number,
    kept: number,
    places: number,
  ): number;
  firstBeyond(at: number, count: number, limit: number): number;
  fill(keys: number, size: number, table: number, slots: number): void;
  findAll(
    hashes: number,
    counts: number,
    count: number,
    table: number,
    slots: number,
    ids: number,
    kept: number,
  ): number;
  indexAll(ids: number, count: number, table: number, slots: number, none: number): void;
  settleExample(from: number, to: number, rows: number): void;
  characterFeatureBound(tokens: number, tokenCount: number, shortest: number, longest: number): number;
  characterFeatures(
    codePoints: number,
    tokens: number,
    tokenCount: number,
    shortest: number,
    longest: number,
    hashes: number,
    spans: number,
  ): number;
  distinct(hashes: number, count: number, counts: number, table: number, mask: number, places: number): number;
  wordHashes(codePoints: number, tokens: number, tokenCount: number, hashes: number, spans: number): void;
  wordNgrams(tokens: number, tokenCount: number, longest: number, hashes: number, spans: number): number;
  nearestCentroids(
    rows: number,
    rowBytes: number,
    count: number,
    width: number,
    centroids: number,
    halfSquares: number,
    codes: number,
    codeStride: number,
  ): number;
  sumClusters(
    rows: number,
    rowBytes: number,
    count: number,
    width: number,
    codes: number,
    codeStride: number,
    weights: number,
    sums: number,
    counts: number,
  ): void;
  gatherProduct(
    ids: number,
    weights: number,
    count: number,
    codes: number,
    codeCount: number,
    dimension: number,
    subDimension: number,
    centroids: number,
    normCodes: number,
    norms: number,
    hidden: number,
  ): void;
  gatherBytes(
    ids: number,
    weights: number,
    count: number,
    rows: number,
    scales: number,
    width: number,
    hidden: number,
  ): void;
  gatherHalves(ids: number, weights: number, count: number, rows: number, width: number, hidden: number): void;
  fastTextTokens(vocabulary: number, source: number, end: number, lineEnd: number, tokens: number): number;
  fastTextFind(vocabulary: number, tokens: number, count: number): void;
  fastTextAdd(vocabulary: number, tokens: number, count: number): number;
  fastTextFill(vocabulary: number, first: number): void;
  indexLiveBuckets(vocabulary: number, buckets: number, count: number): void;
  fastTextFeatures(
    vocabulary: number,
    tokens: number,
    count: number,
    keys: number,
    ids: number,
    labels: number,
    spans: number,
    scratch: number,
    out: number,
  ): number;
  extract(extractor: number, source: number, end: number): number;
  readLines(reader: number): number;
  project(projection: number, ids: number, count: number): void;
  projectRange(projection: number, rows: number, first: number, count: number): void;
  gatherBag(gatherer: number, ids: number, weights: number, count: number, lane: number): void;
  gatherLines(gatherer: number): number;
  gatherText(gatherer: number, source: number, end: number, isLine: number, lane: number): number;
  fastTextEntries(
    base: number,
    at: number,
    end: number,
    count: number,
    words: number,
    starts: number,
    counts: number,
    next: number,
  ): number;
  fastTextBuckets(pairs: number, count: number, bucketCount: number, buckets: number): number;
  fingerprint(at: number, length: number, state: number): void;
  initialize(
    at: number,
    rows: number,
    width: number,
    begin: number,
    dimension: number,
    seed: number,
    range: number,
  ): void;
  tallyLabels(
    order: number,
    count: number,
    labels: number,
    apart: number,
    first: number,
    rows: number,
    tally: number,
  ): void;
  labelDivergences(
    tally: number,
    rows: number,
    labels: number,
    priors: number,
    m: number,
    documents: number,
    divergences: number,
  ): void;
  decodePlain(
    source: number,
    end: number,
    tables: number,
    lowercase: number,
    codePoints: number,
    offsets: number,
    capacity: number,
    state: number,
  ): number;
  normalize(
    source: number,
    end: number,
    tables: number,
    lowercase: number,
    codePoints: number,
    offsets: number,
    capacity: number,
    segment: number,
    state: number,
  ): number;
  sliceScores(
    hidden: number,
    output: number,
    labels: number,
    width: number,
    begin: number,
    end: number,
    scores: number,
    add: number,
  ): void;
  sliceScoresOne(
    hidden: number,
    output: number,
    labels: number,
    width: number,
    begin: number,
    end: number,
    scores: number,
    add: number,
  ): void;
  sigmoid(scores: number, vectors: number): void;
  sigmoidTable(scores: number, count: number, table: number): void;
  softmax(scores: number, labels: number, lanes: number, logSums: number): void;
  toColumns(rows: number, width: number, columns: number): void;
  topLanes(values: number, labels: number, lanes: number, k: number, indices: number, best: number): void;
  topK(values: number, labels: number, stride: number, k: number, indices: number, best: number): number;
  tokenize(codePoints: number, count: number, tokens: number): number;
  trainBatches(context: number, thread: number, from: number, to: number): number;
  rowScore(table: number, slices: number, lane: number, row: number): number;
  pathLog(table: number, slices: number, lane: number, path: number, length: number, offset: number): number;
  treeTopLanes(
    table: number,
    slices: number,
    lanes: number,
    children: number,
    labels: number,
    k: number,
    least: number,
    offset: number,
    stack: number,
    indices: number,
    best: number,
    found: number,
  ): void;
  treeTopK(
    table: number,
    slices: number,
    lane: number,
    children: number,
    labels: number,
    k: number,
    least: number,
    offset: number,
    stack: number,
    indices: number,
    best: number,
  ): number;
}

/** Whether memory can be shared with worker threads here (a browser page must be cross-origin isolated). */
export function canShareMemory(): boolean {
  return typeof SharedArrayBuffer !== "undefined";
}

const modules: { shared?: WebAssembly.Module; unshared?: WebAssembly.Module } = {};

/** The compiled kernels, for a shared or an unshared memory: compiled once a process. */
export function kernelModule(shared: boolean): WebAssembly.Module {
  if (shared) {
    modules.shared ??= new WebAssembly.Module(kernelBytes(true));
    return modules.shared;
  }
  modules.unshared ??= new WebAssembly.Module(kernelBytes(false));
  return modules.unshared;
}

/** Instantiates the kernels on a memory. They keep nothing but what is in it. */
export function instantiate(memory: WebAssembly.Memory, module: WebAssembly.Module): KernelExports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
}
