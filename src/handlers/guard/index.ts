export { block, lift, standingBlocks } from './blocks.ts';
export { openGuard, type Guard } from './guard.ts';
export { guardRules } from './rules.ts';
export { watch, type Watch } from './watch.ts';
