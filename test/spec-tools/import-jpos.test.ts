import { expect, test } from '@jest/globals';
import { compile, defineSpec } from '../../src/codec/index.ts';
import { importJpos } from '../../src/spec-tools/import/jpos.ts';
import { corpusFrames } from './corpus.ts';
import { packager, packagerNames, packagerXml } from './packagers.ts';

test.each(packagerNames)('the packager of %s decodes the corpus to the same values', (dialect) => {
  const { json, issues } = importJpos(packagerXml(dialect), dialect);
  // Only one class of theirs writes otherwise than peers do, and is told.
  expect(issues.filter(({ what }) => what !== 'IFA_LLBNUM')).toEqual([]);
  expect(issues.filter(({ kind }) => kind === 'lost')).toEqual([]);
  const codec = compile(defineSpec(json));
  const frames = corpusFrames.filter((frame) => frame.dialect_id === dialect);
  expect(frames.length).toBeGreaterThan(0);
  for (const { id, hex, mti, fields } of frames) {
    const message = codec.decode(Buffer.from(hex, 'hex'));
    expect({ id, ...message.clearFields() }).toEqual({ id, mti, fields });
    expect(message.encode().toString('hex').toUpperCase()).toBe(hex);
  }
});

const head = `<isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFB_NUMERIC" pad="true"/>
<isofield id="1" length="16" name="Bitmap" class="org.jpos.iso.IFB_BITMAP"/>`;

test('subfields by position, by tag and behind a bitmap become content', () => {
  const { json, issues } = importJpos(
    packager(`${head}
<isofieldpackager id="43" length="10" name="Place" class="org.jpos.iso.IF_CHAR"
    packager="org.jpos.iso.packager.GenericSubFieldPackager" emitBitmap="false" firstField="1">
  <isofield id="1" length="8" name="City" class="org.jpos.iso.IF_CHAR"/>
  <isofield id="2" length="2" name="Country" class="org.jpos.iso.IF_CHAR"/>
</isofieldpackager>
<isofieldpackager id="48" length="999" name="Private" class="org.jpos.iso.IFB_LLLCHAR"
    packager="org.jpos.iso.packager.GenericTaggedFieldsPackager">
  <isofield id="1" length="99" name="Receipt" token="01" class="org.jpos.iso.IFA_TTLLCHAR"/>
  <isofield id="2" length="99" name="Quote" token="14" class="org.jpos.iso.IFA_TTLLCHAR"/>
</isofieldpackager>
<isofieldpackager id="49" length="9999" name="Verification" class="org.jpos.iso.IFB_LLLLBINARY"
    packager="org.jpos.iso.packager.GenericPackager">
  <isofield id="0" length="8" name="Bitmap" class="org.jpos.iso.IFB_BITMAP"/>
  <isofield id="2" length="4" name="Code" class="org.jpos.iso.IFB_NUMERIC"/>
  <isofield id="3" length="50" name="Name" class="org.jpos.iso.IFB_LLHECHAR"/>
</isofieldpackager>`),
    'nested',
  );
  expect(issues).toEqual([]);
  const codec = compile(defineSpec(json));
  const fields = { 43: 'TEHRAN  IR', 48: '0103abc1402xy', 49: '60000000000000001234' + '03C1C2C3' };
  const message = codec.decode(codec.encode({ mti: '0200', fields }));
  expect(message.clearFields({ deep: true }).fields).toMatchObject({
    43: { f1: 'TEHRAN  ', f2: 'IR' },
    48: [
      ['01', 'abc'],
      ['14', 'xy'],
    ],
    49: { 2: '1234', 3: 'ABC' },
  });
});

test('lengths and values of different families: EBCDIC lengths that count bytes of packed digits', () => {
  const { json, issues } = importJpos(
    packager(`${head}
<isofield id="32" length="11" name="Acquirer" class="org.jpos.iso.IFEB_LLNUM"/>
<isofield id="44" length="25" name="Answer" class="org.jpos.iso.IFEA_LLCHAR"/>
<isofield id="55" length="99" name="Chip" class="org.jpos.iso.IFA_LLABINARY"/>
<isofield id="102" length="28" name="Account" class="org.jpos.iso.IFAE_LLCHAR"/>`),
    'mixed',
  );
  expect(issues).toEqual([]);
  const codec = compile(defineSpec(json));
  const fields = { 32: '58167', 44: 'AB', 55: '9F01', 102: 'AB' };
  const frame = codec.encode({ mti: '0200', fields }).toString('hex').toUpperCase();
  expect(frame.slice(36)).toBe('F0F3' + '58167F' + 'F0F2' + '4142' + '3032' + '39463031' + '3032' + 'C1C2');
  expect(codec.decode(Buffer.from(frame, 'hex')).clearFields().fields).toEqual(fields);
});

test.each([
  ['IFA_FLLCHAR', 'lost', 'a length and a value in a place of full length'],
  ['IFEP_LLCHAR', 'lost', "the subfield's number stands between its length and its value"],
  ['IFE_SIGNED_NUMERIC', 'lost', 'the sign is in the zone of the last digit'],
  ['com.bank.OwnPackager', 'lost', 'a class that is not known here'],
  ['IFA_LLCHAR', 'changed', 'its length prefix says at most 99'],
])('%s is reported with its path, not dropped in silence', (type, kind, reason) => {
  const { issues } = importJpos(packager(`${head}<isofield id="60" length="200" name="Own" class="${type}"/>`), 'own');
  expect(issues).toEqual([{ path: '60', what: type, kind, reason }]);
});

test('an unknown packager inside keeps the value whole, and says so', () => {
  const own = `<isofieldpackager id="60" length="99" name="Own" class="IFA_LLCHAR" packager="com.bank.Own" extra="1">
  <isofield id="1" length="8" name="City" class="org.jpos.iso.IF_CHAR"/></isofieldpackager>`;
  const { json, issues } = importJpos(packager(head + own), 'own');
  expect(issues.map(({ path, what, kind }) => [path, what, kind])).toEqual([
    ['60', 'extra="1"', 'changed'],
    ['60', 'com.bank.Own', 'changed'],
  ]);
  expect(json).toMatchObject({ fields: { 60: { format: 'ans..99' } } });
});

test.each([
  ['<isopackager>', /line \d+: .*unclosed/i],
  ['<server/>', /<isopackager> expected, <server> found/],
  ['<!DOCTYPE isopackager [<!ENTITY a SYSTEM "file:///etc/passwd">]><isopackager/>', /declarations of its own/],
  ['<isopackager><isofield id="2" length="9" name="&a;" class="IF_CHAR"/></isopackager>', /undefined entity/i],
  ['<isopackager><isofield id="two" length="9" class="IF_CHAR"/></isopackager>', /id="two" is not a number/],
  ['<isopackager><isofield id="2" length="9"/></isopackager>', /a field without class/],
  ['<isopackager>' + '<isofield id="2" length="9" class="A">'.repeat(40), /too many fields, or too deep/],
])('no packager file: %s', (xml, message) => {
  expect(() => importJpos(xml, 'bad')).toThrow(message);
});
