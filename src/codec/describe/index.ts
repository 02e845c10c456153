/** The words of data elements, for others who show them: names of EMV tags, and masks. */
export { contentOf, lookUp } from './dictionary.ts';
export { emvTag } from './emv.ts';
export { masked } from './mask.ts';
