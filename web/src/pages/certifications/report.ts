/** What a signed report says of itself; whether it is genuine is the gateway's to say. */
interface SignedReport {
  readonly report: {
    readonly verdict: string;
    readonly subject: Readonly<Record<'vendor' | 'model' | 'software' | 'profile', string>>;
  };
  readonly signature: object;
}

/** @param text of a file that a person chose
 *  @returns undefined: it is no signed report */
export function signedReportIn(text: string | undefined): SignedReport | undefined {
  try {
    const read = JSON.parse(text ?? '') as Partial<SignedReport> | null;
    const { report, signature } = read ?? {};
    if (typeof report?.subject !== 'object' || typeof report.verdict !== 'string') return undefined;
    return typeof signature === 'object' ? { report, signature } : undefined;
  } catch {
    return undefined; // no JSON: no report
  }
}
