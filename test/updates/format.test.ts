import { generateKeyPairSync, sign as signWith, type KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Key, Metadata, Signature, Targets } from '@tufjs/models';
import fc from 'fast-check';
import * as format from '../../src/updates/format/index.ts';

const HASH = 'ab'.repeat(32);
const SERIAL = 'PX1000042';
const NOW = Date.parse('2026-11-27T10:00:00Z');

const report = (changed: Partial<format.VersionReport> = {}): format.VersionReport => ({
  serial: SERIAL,
  counter: 7,
  components: { menu: { file: 'menu/native-3.json', sha256: HASH, releaseCounter: 3, slot: 'B' } },
  timestampVersion: 12,
  clock: '2026-11-27T10:00:00Z',
  freeBytes: 4_000_000,
  queuedReversals: 0,
  ...changed,
});

const custom: format.TargetCustom = {
  component: 'menu',
  profile: 'native',
  hardwareIds: ['*'],
  releaseCounter: 3,
  minFrom: 0,
  deltaFrom: [{ counter: 2, sha256: HASH, path: format.deltaPath('menu/native-3.json', 2), length: 40 }],
  effectiveFrom: '2026-11-28T00:00:00Z',
  textFa: 'خرید یارانه‌ای در منو',
  textEn: 'Subsidised purchase in the menu',
  approvals: ['p1', 'p2'],
};

const item: format.DirectorItem = {
  action: 'UPDT',
  file: 'menu/native-3.json',
  length: 900,
  sha256: HASH,
  sha512: HASH + HASH,
  releaseCounter: 3,
  trigger: 'SALE',
  notBefore: '2026-11-28T00:00:00Z',
  window: { from: '01:00', to: '06:00', timeZone: 'Asia/Tehran' },
  retry: { max: 5, everyS: 600 },
  errorAction: 'ROLLBACK',
  conditions: { noQueuedReversals: true, batteryMin: 30, idleS: 300 },
};

describe('canonical JSON', () => {
  it('is what the library of TUF signs', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string(),
          fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string())),
        ),
        (values) => {
          const targets = new Targets({
            version: 1,
            specVersion: '1.0.0',
            expires: '2027-01-01T00:00:00Z',
            unrecognizedFields: { x: values },
          });
          let signed = Buffer.alloc(0);
          new Metadata(targets).sign((bytes) => {
            signed = Buffer.from(bytes);
            return new Signature({ keyID: 'k', sig: '00' });
          });
          expect(format.canonicalJson(targets.toJSON()).toString()).toBe(signed.toString());
        },
      ),
      { numRuns: 100 },
    );
  });

  it('says no fraction', () => {
    expect(() => format.canonicalJson({ a: 1.5 })).toThrow(TypeError);
  });
});

describe('custom of a target', () => {
  it('is read as it was written', () => {
    expect(format.readCustom(JSON.parse(JSON.stringify(custom)))).toEqual(custom);
  });

  it.each<[string, object]>([
    ['one approval', { approvals: ['p1'] }],
    ['the same person twice', { approvals: ['p1', 'p1'] }],
    ['a counter of zero', { releaseCounter: 0 }],
    ['an unknown component', { component: 'bios' }],
    ['a member that nobody knows', { script: 'rm' }],
    ['no time', { effectiveFrom: 'tomorrow' }],
  ])('is refused with %s', (_, changed) => {
    expect(() => format.readCustom({ ...custom, ...changed })).toThrow(/description of a target/);
  });
});

describe('names of targets', () => {
  it.each(['menu/native-3.json', 'firmware/acme/px-100/app-12.bin', 'goods/all-1.json'])('may be %s', (name) => {
    expect(format.TARGET_PATH.test(name)).toBe(true);
  });
  it.each([
    '../etc/passwd',
    'menu/../../x',
    'menu/.hidden',
    'menu//x',
    '/menu/x',
    'menu/a/b',
    'firmware/x',
    'menu/x\n',
    'MENU/x',
  ])('may not be %j', (name) => {
    expect(format.TARGET_PATH.test(name)).toBe(false);
  });
});

describe('an instruction of the director', () => {
  const pair = generateKeyPairSync('ed25519');
  const keyid = HASH;
  const root = rootOf(pair.publicKey);
  const director: format.Director = {
    _type: 'director',
    specVersion: '1',
    serial: SERIAL,
    terminal: '10000001',
    version: 4,
    timestampVersion: 12,
    expires: '2026-11-28T10:00:00Z',
    nonce: '0011',
    components: { menu: item },
    halted: false,
  };
  const has = { serial: SERIAL, version: 3, nonce: '0011', now: NOW };
  const sign = (changed: Partial<format.Director> = {}, key = pair.privateKey) =>
    format.signDirector({ ...director, ...changed }, keyid, (data) => signWith(null, data, key).toString('hex'));

  it('is taken by the device that it is for', () => {
    expect(format.verifyDirector(JSON.parse(JSON.stringify(sign())), root, has)).toEqual(director);
  });

  it.each<[string, object, string]>([
    ['signed by another key', sign({}, generateKeyPairSync('ed25519').privateKey), 'updates.forged'],
    ['changed after it was signed', { ...sign(), signed: { ...director, version: 9 } }, 'updates.forged'],
    ['for another serial', sign({ serial: 'OTHER' }), 'updates.forged'],
    ['for another question', sign({ nonce: 'ff' }), 'updates.forged'],
    ['older than the last', sign({ version: 2 }), 'updates.rollback'],
    ['that has ended', sign({ expires: '2026-11-27T10:00:00Z' }), 'updates.expired'],
    ['without signatures', { signed: director, signatures: [] }, 'updates.malformed'],
    [
      'with a path out of the store',
      sign({ components: { menu: { ...item, file: '../../boot' } } }),
      'updates.malformed',
    ],
  ])('is refused when %s', (_, signed, code) => {
    expect(() => format.verifyDirector(signed, root, has)).toThrow(expect.objectContaining({ code }));
  });

  it('counts one key once, however often it signed', () => {
    const twice = sign();
    const both = { signed: twice.signed, signatures: [...twice.signatures, ...twice.signatures] };
    const two = { ...root, 'x-director': { keyids: [keyid, 'cd'.repeat(32)], threshold: 2 } };
    expect(() => format.verifyDirector(both, two, has)).toThrow(/1 of 2/);
  });

  function rootOf(key: KeyObject) {
    const raw = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex');
    const tuf = new Key({ keyID: keyid, keyType: 'ed25519', scheme: 'ed25519', keyVal: { public: raw } });
    return { _type: 'root', keys: { [keyid]: tuf.toJSON() }, 'x-director': { keyids: [keyid], threshold: 1 } };
  }
});

describe('a version report', () => {
  it.each<[string, { privateKey: KeyObject; publicKey: KeyObject }]>([
    ['Ed25519', generateKeyPairSync('ed25519')],
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ])('is signed by a key of %s, and by no other', (_, { privateKey, publicKey }) => {
    const signed = format.readReport(JSON.parse(JSON.stringify(format.signReport(report(), privateKey))));
    expect(format.isReportOf(signed, publicKey)).toBe(true);
    expect(format.isReportOf({ ...signed, report: report({ counter: 8 }) }, publicKey)).toBe(false);
    expect(format.isReportOf(signed, generateKeyPairSync('ed25519').publicKey)).toBe(false);
    expect(format.isReportOf({ report: report() }, publicKey)).toBe(false);
  });

  it.each<[string, object]>([
    ['a phase without its component', { phase: 'INSTALLED' }],
    ['a refusal without a reason', { phase: 'REJECTED', component: 'menu', releaseCounter: 4 }],
    ['a reason of nothing', { reason: 'hash' }],
    ['an unknown phase', { phase: 'DONE', component: 'menu', releaseCounter: 4 }],
    ['a fraction', { freeBytes: 1.5 }],
  ])('is refused with %s', (_, changed) => {
    expect(() => format.readReport({ report: { ...report(), ...changed } })).toThrow(/version report/);
  });
});

describe('on the wire', () => {
  it('tag 16 names a version and a hash', () => {
    const tag = format.announcementOf(12, Buffer.from('{}'));
    expect(tag).toBe('00000001244136fa3');
    expect(format.readAnnouncement(tag)).toEqual({ timestampVersion: 12, hash: '44136fa3' });
    expect(() => format.readAnnouncement(tag.slice(1))).toThrow(/tag 16/);
  });

  it('any file is the sum of its chunks, each of which fits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
        const parts: Buffer[] = [];
        let offset = 0;
        do {
          const tag = format.encodeChunk(bytes, offset);
          expect(Buffer.byteLength(tag)).toBeLessThanOrEqual(960);
          const chunk = format.readChunk(tag);
          expect(chunk).toMatchObject({ offset, total: bytes.length });
          parts.push(chunk.data);
          offset += chunk.data.length;
        } while (offset < bytes.length);
        expect(Buffer.concat(parts).equals(bytes)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it.each<[string, (tag: string) => string]>([
    ['one character changed', (tag) => tag.slice(0, 20) + (tag[20] === 'A' ? 'B' : 'A') + tag.slice(21)],
    ['its end cut off', (tag) => tag.slice(0, -1)],
    ['a total below its end', (tag) => tag.slice(0, 8) + '00000001' + tag.slice(16)],
    ['a sign in its offset', (tag) => '-' + tag.slice(1)],
  ])('a chunk with %s is refused', (_, forge) => {
    expect(() => format.readChunk(forge(format.encodeChunk(Buffer.alloc(1_000, 7), 0)))).toThrow(/tag 36/);
  });

  it('a chunk of nothing is refused before the end: a device would ask for ever', () => {
    expect(() => format.readChunk('0000000000000009' + '00000000')).toThrow(/no bytes/);
  });

  it('tag 35 names an offset and a file', () => {
    const request = { file: `director/${SERIAL}.json?nonce=0011`, offset: 700 };
    expect(format.readChunkRequest(format.encodeChunkRequest(request))).toEqual(request);
  });

  it.each(['0000070', '00000700', '00000700/etc/passwd', '00000700targets/../../etc', '00000700a b'])(
    'tag 35 is refused as %j',
    (tag) => {
      expect(() => format.readChunkRequest(tag)).toThrow(/tag 35/);
    },
  );

  it('tag 37 carries a report that fits', () => {
    expect(format.readWireReport(format.encodeReport(report()))).toEqual({ report: report() });
    expect(() => format.readWireReport('{')).toThrow(/tag 37/);
    const all = Object.fromEntries(
      format.COMPONENTS.map((each) => [
        each,
        { file: `firmware/acme/px/${'a'.repeat(80)}`, sha256: HASH, releaseCounter: 1, slot: 'A' as const },
      ]),
    );
    expect(() => format.encodeReport(report({ components: all }))).toThrow(/900/);
  });
});

describe('content', () => {
  const entry: format.MenuEntry = {
    id: 'subsidised-purchase',
    labelFa: 'خرید یارانه‌ای / کالابرگ',
    labelEn: 'Subsidised purchase',
    processingCode: '179800',
    tender: 'voucher_card',
    goods: 'subsidised',
    order: 1,
  };
  const good: format.GoodsList['goods'][number] = {
    code: '0000000000001',
    category: '01',
    nameFa: 'برنج',
    unit: '01',
    priceCapRials: null,
    validFrom: '2026-01-01',
    validTo: '2027-01-01',
  };

  it('a menu is data', () => {
    const menu: format.Menu = { format: 1, entries: [entry] };
    expect(format.readMenu(menu)).toEqual(menu);
    expect(() => format.readMenu({ ...menu, entries: [{ ...entry, script: 'x' }] })).toThrow(/menu/);
    expect(format.TENDERS).toContain(entry.tender);
  });

  it('a list of goods has codes, names, units, caps and dates', () => {
    const list: format.GoodsList = { format: 1, asOf: '2026-11-27T00:00:00Z', goods: [good] };
    expect(format.readGoodsList(list)).toEqual(list);
    expect(() => format.readGoodsList({ ...list, goods: [{ ...good, unit: '07' }] })).toThrow(/list of goods/);
  });
});

describe('a delta', () => {
  const around = fc
    .tuple(
      fc.uint8Array({ maxLength: 400 }),
      fc.uint8Array({ maxLength: 2_000 }),
      fc.uint8Array({ maxLength: 400 }),
      fc.nat(2_000),
    )
    .map(([a, body, b, cut]) => ({
      old: Buffer.from(body),
      next: Buffer.concat([a, body.subarray(0, cut), b, body.subarray(cut), a]),
    }));

  it('makes the new file of the old one', () => {
    fc.assert(
      fc.property(around, ({ old, next }) => {
        expect(format.applyDelta(old, format.makeDelta(old, next), next.length).equals(next)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('is short where little changed', () => {
    const old = Buffer.from(Array.from({ length: 50_000 }, (_, at) => (at * 7_919) % 251));
    const next = Buffer.concat([old.subarray(0, 20_000), Buffer.from('something new'), old.subarray(20_100)]);
    expect(format.makeDelta(old, next).length).toBeLessThan(200);
  });

  it('that is forged makes an error or another file of the same length, and never more', () => {
    const old = Buffer.from('the old file, '.repeat(20));
    const next = Buffer.from('the new file, '.repeat(30));
    const delta = format.makeDelta(old, next);
    fc.assert(
      fc.property(fc.nat(delta.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const forged = Buffer.from(delta);
        forged[at] = (forged[at] ?? 0) ^ flip;
        let made: Buffer | undefined;
        try {
          made = format.applyDelta(old, forged, next.length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'updates.delta' });
        }
        expect(made?.length ?? next.length).toBe(next.length);
      }),
      { numRuns: 300 },
    );
  });

  it('that inflates without end is stopped', () => {
    const bomb = format.makeDelta(Buffer.alloc(0), Buffer.alloc(8_000_000));
    bomb.writeUInt32BE(10, 8);
    expect(() => format.applyDelta(Buffer.alloc(0), bomb, 10)).toThrow(/inflated/);
  });

  it('is not applied to another file', () => {
    const delta = format.makeDelta(Buffer.alloc(10), Buffer.alloc(20));
    expect(() => format.applyDelta(Buffer.alloc(11), delta, 20)).toThrow(/another file/);
    expect(format.MOST_DELTA_BYTES).toBeGreaterThan(20);
  });
});
