import { SimpleGrid, Text } from '@mantine/core';
import { memo, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences.ts';
import type { Now, Overview } from '../../api/overview.ts';
import { Count, Ltr, Money } from '../../components/texts.tsx';
import { numberOf } from '../../format/digits.ts';
import { isWord, useWords } from '../../words/tongue.ts';
import { approvedShare, codeShares } from './figures.ts';
import { words } from './words.ts';

interface TilesProps {
  readonly live: Now['live'];
  readonly traffic: Overview['traffic'];
}

/** The figures that one looks at first. */
export function Tiles({ live, traffic: { total, query } }: TilesProps): ReactNode {
  const say = useWords(words);
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs">
      <Tile name={say('perSecond')} query={live.query}>
        <Count of={live.perSecond} places={1} />
      </Tile>
      <RangeTiles total={total} query={query} />
    </SimpleGrid>
  );
}

/** They change with the range, not with each second. */
const RangeTiles = memo(function RangeTiles({ total, query }: Pick<Overview['traffic'], 'total' | 'query'>): ReactNode {
  const say = useWords(words);
  const share = approvedShare(total);
  return (
    <>
      <Tile name={say('purchases')} query={query} below={<Share share={share} />}>
        <Count of={total.purchases} />
      </Tile>
      <Tile name={say('took')} query={query} wide below={<Took name="p50" ms={total.p50Ms} />}>
        <Took name="p95" ms={total.p95Ms} large />
      </Tile>
      <Tile name={say('voucher')} query={query} wide>
        <Money rials={total.voucherRials} />
      </Tile>
      <Tile name={say('card')} query={query} wide>
        <Money rials={total.cardRials} />
      </Tile>
      <Tile name={say('cash')} query={query} wide>
        <Money rials={total.cashRials} />
      </Tile>
    </>
  );
});

interface TileProps {
  readonly name: string;
  readonly query: string;
  readonly below?: ReactNode;
  /** On a phone it has a line of its own. */
  readonly wide?: true;
  readonly children: ReactNode;
}

export function Tile({ name, query, below, wide, children }: TileProps): ReactNode {
  return (
    <div className={wide === true ? 'sheet tile wide' : 'sheet tile'} title={query} data-query={query}>
      <Text size="sm" className="soft">
        {name}
      </Text>
      <div className="figure">{children}</div>
      {below !== undefined && (
        <Text size="sm" className="soft" component="div">
          {below}
        </Text>
      )}
    </div>
  );
}

interface ShareProps {
  readonly share: number | null;
  readonly large?: boolean;
}

export function Share({ share, large = false }: ShareProps): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  if (share === null) return '—';
  const figure = numberOf(language, share, 1);
  return large ? (
    <bdi dir="ltr">
      {figure}
      {language === 'fa' ? '٪' : ' %'}
    </bdi>
  ) : (
    say('approved.share', { share: figure })
  );
}

interface TookProps {
  readonly name: 'p50' | 'p95' | 'p99';
  readonly ms: number | null;
  readonly large?: boolean;
}

export function Took({ name, ms, large = false }: TookProps): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  if (ms === null) return '—';
  const figure = say('ms', { n: numberOf(language, ms, ms < 10 ? 1 : 0) });
  return large ? figure : `${say(name)}: ${figure}`;
}

/** Answers by code: each with its bar, and the share in figures. */
export const Codes = memo(function Codes({
  codes,
}: {
  readonly codes: Overview['traffic']['total']['codes'];
}): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  const shares = codeShares(codes);
  if (shares.length === 0) return <Text className="soft">{say('none')}</Text>;
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">{say('code')}</th>
          <th scope="col" className="number">
            {say('count')}
          </th>
          <th scope="col">{say('share')}</th>
        </tr>
      </thead>
      <tbody>
        {shares.map(({ code, count, share }) => (
          <tr key={code}>
            <td>
              <Ltr>{code}</Ltr>
            </td>
            <td className="number">
              <Count of={count} />
            </td>
            <td>
              <meter min={0} max={100} value={share} aria-label={`${code}: ${share} %`} />{' '}
              {numberOf(language, share, 1)}
              {language === 'fa' ? '٪' : ' %'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
});

/** The words that stand on terminals' displays just now. */
export const Seen = memo(function Seen({ items }: { readonly items: Now['seen']['items'] }): ReactNode {
  const say = useWords(words);
  const { language } = usePreferences();
  if (items.length === 0) return <Text className="soft">{say('none')}</Text>;
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">{say('seen.text')}</th>
          <th scope="col">{say('seen.asked')}</th>
          <th scope="col">{say('code')}</th>
          <th scope="col" className="number">
            {say('count')}
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ kind, rc, text, answers }) => (
          <tr key={`${kind} ${rc} ${text.en}`}>
            <td>{text[language]}</td>
            <td>
              <Asked kind={kind} />
            </td>
            <td>
              <Ltr>{rc}</Ltr>
            </td>
            <td className="number">
              <Count of={answers} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
});

/** An approved purchase and an approved return say the same on the display. */
function Asked({ kind }: { readonly kind: string }): ReactNode {
  const say = useWords(words);
  const key = `asked.${kind}`;
  return isWord(words, key) ? say(key) : kind;
}
