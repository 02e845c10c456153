export { block, lift, standingBlocks } from './blocks.ts';
export { openGuard, type Guard, type GuardNews } from './guard.ts';
export { guardRules } from './rules.ts';
export { watch, type Watch } from './watch.ts';
