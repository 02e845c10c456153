/** Generated code, for those who want to read it (`kalabarg spec source`). `compile` is how it is used. */
export { generatedSource } from './source.ts';
