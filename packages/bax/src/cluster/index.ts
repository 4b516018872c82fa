// Training in parts that know nothing of each other, for hosts that bring parcels from one to another: `import { … } from "bax/cluster"`.
export { advance, joinChanges } from "./average.ts";
export { ClusterState, type Learning, roundCount } from "./clusterState.ts";
export { FeatureSelection, listFeatures, type Totals, totalsOf } from "./featureSelection.ts";
export { FeatureTally, type PartFacts } from "./featureTally.ts";
export { type ClusterReport, finishCluster } from "./finish.ts";
export { FACTS, type Parcel, readFacts } from "./parcel.ts";
export { type ClusterPlan, type ClusterShape, planCluster } from "./plan.ts";
export { type RoundFacts, sumRound } from "./roundFacts.ts";
export { RoundLearner } from "./roundLearner.ts";
export { startCluster } from "./start.ts";
