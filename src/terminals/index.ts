/** The registry of terminals: what each is, where it stands, who may change it (terminals.md 1, 2). */
export {
  blockTerminal,
  changeTerminal,
  endTerminal,
  moveTerminal,
  nameActor,
  registerTerminal,
  type AboutTerminal,
} from './acts.ts';
export { openContacts } from './contacts.ts';
export { closenessOf, ENDING_KINDS, endingsOf, WARN_DAYS, type Ending, type EndingKind } from './endings.ts';
export { applyMoves } from './moves.ts';
export { keepReport } from './reports.ts';
export { listTerminals, movesOf, terminalOf } from './store.ts';
export { TERMINAL_STATES, VERDICTS, type Terminal, type TerminalState, type Verdict } from './terminal.ts';
