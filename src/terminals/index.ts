/** The registry of terminals: what each is, where it stands, who may change it (terminals.md 1, 2). */
export {
  blockTerminal,
  changeTerminal,
  endTerminal,
  moveTerminal,
  registerTerminal,
  type AboutTerminal,
} from './acts.ts';
export { openContacts, type Contacts } from './contacts.ts';
export { applyMoves } from './moves.ts';
export { keepReport } from './reports.ts';
export { listTerminals, movesOf, terminalOf, type TerminalFilter, type TerminalMove } from './store.ts';
export { TERMINAL_STATES, type InstalledComponent, type Terminal, type TerminalState } from './terminal.ts';
