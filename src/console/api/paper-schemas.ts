import { Type, type Static } from 'typebox';
import { ITEM_CODES } from '../../shops/index.ts';
import { time } from './schemas.ts';

const strict = { additionalProperties: false };
const id = Type.String({ pattern: '^[1-9]\\d{0,17}$' });
const item = Type.String({ enum: [...ITEM_CODES] });

const kept = {
  id: Type.String(),
  media: Type.String({ enum: ['image/jpeg', 'application/pdf'] }),
  bytes: Type.Integer({ description: 'As it is kept' }),
  pages: Type.Integer(),
  sha256: Type.String({ description: 'Of what is kept, hexadecimal' }),
  uploadedBy: Type.Union([Type.String(), Type.Null()], { description: 'A person; null: the shop itself' }),
  uploadedAt: time('When'),
};
export const Paper = Type.Object({ ...kept, item, kind: Type.String() });
const said = Type.String({ enum: ['response', 'appeal'], description: 'With which word of the shop it came' });
export const NoticePaper = Type.Object({ ...kept, said });
export const NoticePapers = Type.Object({ items: Type.Array(NoticePaper) });
export const PaperList = Type.Object({
  items: Type.Array(Paper),
  missing: Type.Array(Type.Object({ item, kind: Type.String(), fa: Type.String(), en: Type.String() })),
});
export const PaperParams = Type.Object({ id, paper: id }, strict);
export type PaperParams = Static<typeof PaperParams>;
export const PaperQuery = Type.Object(
  { item, kind: Type.String({ pattern: '^[a-z_]{1,40}$', description: 'As the rules call it, or other' }) },
  strict,
);
export type PaperQuery = Static<typeof PaperQuery>;
