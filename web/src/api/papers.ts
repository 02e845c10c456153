import { queryOptions } from '@tanstack/react-query';
import { change, read } from './client.ts';

/** Files of cases and of notices. */

/** As Paper of paper-schemas.ts has it, and NoticePaper. Written out: they stand on code of Node.js, whose types are not a browser's. */
interface KeptPaper {
  readonly id: string;
  readonly media: string;
  readonly bytes: number;
  readonly pages: number;
  readonly uploadedBy: string | null;
  readonly uploadedAt: string;
}
export interface CasePaper extends KeptPaper {
  readonly item: string;
  readonly kind: string;
}
export interface NoticePaper extends KeptPaper {
  readonly said: 'response' | 'appeal';
}
export interface MissingPaper {
  readonly item: string;
  readonly kind: string;
  readonly fa: string;
  readonly en: string;
}

const ofCase = (id: string): string => `/cases/${encodeURIComponent(id)}/papers`;
const ofNotice = (id: string): string => `/notices/${encodeURIComponent(id)}/papers`;

/** What browsers take of files: JPEG, PNG, PDF. */
export const PAPER_TYPES = 'image/jpeg,image/png,application/pdf';

export const casePapersQuery = (id: string) =>
  queryOptions({
    queryKey: ['/cases', id, 'papers'],
    queryFn: async () =>
      (await read<{ items: readonly CasePaper[]; missing: readonly MissingPaper[] }>(ofCase(id))).body,
  });
export const addCasePaper = (id: string, item: string, kind: string, file: Blob): Promise<CasePaper> =>
  change(`${ofCase(id)}?${new URLSearchParams({ item, kind }).toString()}`, { file });
export const removeCasePaper = (id: string, paper: string): Promise<void> =>
  change(`${ofCase(id)}/${paper}`, { method: 'DELETE' });

export const noticePapersQuery = (id: string) =>
  queryOptions({
    queryKey: ['/notices', id, 'papers'],
    queryFn: async () => (await read<{ items: readonly NoticePaper[] }>(ofNotice(id))).body.items,
  });
export const addNoticePaper = (id: string, file: Blob): Promise<NoticePaper> => change(ofNotice(id), { file });
export const removeNoticePaper = (id: string, paper: string): Promise<void> =>
  change(`${ofNotice(id)}/${paper}`, { method: 'DELETE' });
/** Where its picture is. */
export const noticePaperHref = (id: string, paper: string): string => `/api/v1${ofNotice(id)}/${paper}`;
