import type { ReactNode } from 'react';
import { Ltr } from '../../components/texts.tsx';

/** TR-31's letters of algorithms. */
const NAMES: Readonly<Record<string, string>> = { A: 'AES', T: 'TDES', D: 'DES', H: 'HMAC', R: 'RSA', E: 'EC' };

interface AlgorithmProps {
  readonly algorithm: string;
  readonly bits: number;
}

export function Algorithm({ algorithm, bits }: AlgorithmProps): ReactNode {
  return <Ltr>{`${NAMES[algorithm] ?? algorithm} ${bits}`}</Ltr>;
}
