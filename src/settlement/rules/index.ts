/** The rules of settlement, by date: shown, proposed by one person, approved by another. */
export { changeLines } from './changes.ts';
export { demandSense, parseRulesFile, RulesFileSchema, SECTIONS, whoseOf, type RulesFile } from './file.ts';
export {
  decideRules,
  listProposals,
  previewRules,
  proposalOf,
  proposeRules,
  waitingProposal,
  type RulesProposal,
} from './propose.ts';
export { costsOf } from './what-if.ts';
export { digestOf, inForce, showRules } from './show.ts';
