/** A till: the simulated terminal with what a device in a shop has around it, a memory that outlives a power cut, a printer, totals. */
export { Till, type TillEnd, type TillOptions, type TillOutput } from './till.ts';
export { CUT_POINTS, PowerCut, TILL_FAULTS, type CutPoint, type TillFault } from './power.ts';
export { memoryStore, newTillRecord, type TillStore } from './record.ts';
