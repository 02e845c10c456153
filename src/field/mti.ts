/** Message type indicators (ISO 8583:1987 4.1): version, class, function, origin. They are four digits; nothing here checks that. */

/** Version and class, which an answer has in common with its request: `02` of 0200, 0210 and 0221. */
export function classOf(mti: string): string {
  return mti.slice(0, 2);
}

/** 0200 → 0210, 0421 → 0430, 0800 → 0810: a repeat is answered as the first. */
export function answerMti(mti: string): string {
  return classOf(mti) + String(Number(mti[2]) + 1) + '0';
}

/** 0210 → 0200, 0430 → 0420: the first of the requests that it may answer. */
export function requestMti(mti: string): string {
  return classOf(mti) + String(Number(mti[2]) - 1) + '0';
}

/** An odd function answers something. Nothing answers an answer: that would never end. */
export function isAnswer(mti: string): boolean {
  return Number(mti[2]) % 2 === 1;
}

/** 0200 → 0201, 0420 → 0421: the same message again, of the same origin. */
export function repeatOf(mti: string): string {
  return mti.slice(0, 3) + String(Number(mti[3]) | 1);
}

/** 0201 → 0200, 0421 → 0420: the message that a repeat repeats. */
export function firstOf(mti: string): string {
  return mti.slice(0, 3) + String(Number(mti[3]) & ~1);
}
