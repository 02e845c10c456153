import { expect, test } from '@jest/globals';
import { parsePlace, placeText } from '../../src/field/place.ts';

test.each([
  ['bank.example:8600', { host: 'bank.example', port: 8600 }],
  ['10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
  ['[fe80::1%eth0]:8600', { host: 'fe80::1%eth0', port: 8600 }],
  ['bank', undefined],
  ['bank:', undefined],
  ['bank:0', undefined],
  ['bank:65536', undefined],
  ['bank:8600x', undefined],
  [':8600', undefined],
  ['::1:8600', undefined], // which colon begins the port?
  ['[bank]:8600', undefined],
  ['[12]:8600', undefined],
  ['user@bank:8600', undefined],
  ['tcp://bank:8600', undefined],
  ['bank :8600', undefined],
  ['', undefined],
])('%j is a place, or not', (text, place) => {
  expect(parsePlace(text)).toEqual(place);
});

test.each([
  ['bank', { host: 'bank', port: 8600 }],
  ['[::1]', { host: '::1', port: 8600 }],
  ['bank:1', { host: 'bank', port: 1 }],
])('%j may leave its port out', (text, place) => {
  expect(parsePlace(text, 8600)).toEqual(place);
});

test.each(['bank:8600', '[::1]:8600'])('%s is shown as it is written', (text) => {
  expect(placeText(parsePlace(text) ?? { host: '', port: 0 })).toBe(text);
});
