import { compile, encodeFrame, loadSpec } from '../../src/codec/index.ts';
import { Story } from '../../simulation/story.ts';

const CODEC = compile(loadSpec('kalabarg-pos'));
const FRAMING = { header: 'binary2', maxBytes: 4_096 } as const;
const PAN = '6037991234567812';
const PURCHASE = CODEC.encode({
  mti: '0200',
  fields: { 3: '179800', 4: '000000120000', 11: '000042', 35: `${PAN}=29121010000000000`, 41: '10000001', 42: '1'.padStart(15, '0') },
}); // prettier-ignore
const MORNING = Date.UTC(2026, 10, 23, 4, 30);

function listen() {
  const lines: string[] = [];
  const place = { step: 1, now: MORNING };
  const story = new Story(
    ['till 10000001', 'copy 1', 'bank'],
    () => ({ ...place }),
    (line) => lines.push(line),
  );
  const at = (step: number, ms: number): void => {
    Object.assign(place, { step, now: MORNING + ms });
  };
  return { story, lines, at };
}

test('a message is an arrow when all of it has come, from lane to lane, with its step and its time', () => {
  const { story, lines, at } = listen();
  const frame = encodeFrame(PURCHASE, FRAMING);
  at(7, 10);
  story.tap.sent('till 10000001', 'copy 1#3', 1, frame);
  at(8, 15);
  story.tap.arrived('till 10000001', 'copy 1#3', 1, frame.subarray(0, 9));
  expect(lines).toHaveLength(1); // the lanes
  at(12, 9_000);
  story.tap.arrived('till 10000001', 'copy 1#3', 1, frame.subarray(9));
  expect(lines.at(-1)).toMatch(/^ +12 08:00:09\.000 .*│─+▶│ .*0200 000042 purchase 120,000 rials, sent at step 7$/u);
});

test('what was on its way when the line ended is told as lost', () => {
  const { story, lines, at } = listen();
  story.tap.sent('copy 1#1', 'bank', 1, encodeFrame(Buffer.from('garbage'), FRAMING));
  at(9, 500);
  story.tap.gone('copy 1#1', 'bank', 1);
  expect(lines.at(-1)).toMatch(/│─+╳─+ │ .*7 bytes that are no message, sent at step 1, is lost$/u);
  story.tap.gone('copy 1#1', 'bank', 1);
  expect(lines.filter((line) => line.includes('lost'))).toHaveLength(1);
});

test('bytes that are cut as no frames end the story of their direction, and not of the other', () => {
  const { story, lines } = listen();
  const blurt = Buffer.from([0xff, 0xff, 1, 2]);
  story.tap.sent('till 10000001', 'copy 1#1', 1, blurt);
  story.tap.arrived('till 10000001', 'copy 1#1', 1, blurt);
  expect(lines.at(-1)).toMatch(/4 bytes that are no message$/);
  story.tap.sent('copy 1#1', 'till 10000001', 1, encodeFrame(PURCHASE, FRAMING));
  story.tap.arrived('copy 1#1', 'till 10000001', 1, encodeFrame(PURCHASE, FRAMING));
  expect(lines.at(-1)).toMatch(/│◀─+│.*0200 000042/u);
});

test('the same for a page is Mermaid, in which nothing of a text is taken for a sign', () => {
  const { story } = listen();
  story.tap.sent('till 10000001', 'copy 1#1', 1, encodeFrame(PURCHASE, FRAMING));
  story.tap.arrived('till 10000001', 'copy 1#1', 1, encodeFrame(PURCHASE, FRAMING));
  story.note('copy 1#1 dies; it\nwas tired');
  expect(story.mermaid().split('\n')).toEqual([
    'sequenceDiagram',
    '  participant till10000001 as till 10000001',
    '  participant copy1 as copy 1',
    '  participant bank as bank',
    '  till10000001->>copy1: 1 08:00:00.000 0200 000042 purchase 120,000 rials',
    '  Note over copy1: 1 08:00:00.000 copy 1#35;1 dies, it · was tired',
    '',
  ]);
});

test('no card number is told', () => {
  const { story, lines } = listen();
  story.tap.sent('till 10000001', 'copy 1#1', 1, encodeFrame(PURCHASE, FRAMING));
  story.tap.gone('till 10000001', 'copy 1#1', 1);
  expect(lines.join('\n') + story.mermaid()).not.toContain(PAN.slice(6, 12));
});
