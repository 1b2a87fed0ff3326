/** What tests stand on: time that is turned by hand, chance that can be had again, and a network in memory. */
export { ManualClock, settle } from './testing/manual-clock.ts';
export { SeededRandom } from './testing/seeded-random.ts';
export {
  SimulatedNetwork,
  type NetworkConditions,
  type NetworkCounts,
  type NetworkEvent,
  type SimulatedHost,
  type SimulatedNetworkOptions,
} from './testing/simulated-network.ts';
