import { Button, Group, Menu, Stack, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import {
  columnVisibilityFeature,
  createColumnHelper,
  FlexRender,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useEffect, useMemo, type ReactNode } from 'react';
import { pathOf, read } from '../api/client.ts';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';
import { Go } from './go.tsx';
import { ListFilters, type Filter } from './list-filters.tsx';
import { filtersOf, queryOf, withFilter, type ListSearch } from './list-search.ts';
import { ProblemNote } from './problem-note.tsx';
import { SavedViews } from './saved-views.tsx';

export interface Column<Row> {
  readonly id: string;
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** Figures stand at the end of their column. */
  readonly number?: true;
}

export interface ListPageProps<Row> {
  readonly title: string;
  /** Of the API, below /api/v1: a list by cursor. */
  readonly path: string;
  /** Whose saved views it shows, where the path names one thing of many (default: the path). */
  readonly viewsOf?: string;
  readonly columns: readonly Column<Row>[];
  readonly rowKey: (row: Row) => string;
  /** Where the first cell of a row leads. */
  readonly rowTo?: (row: Row) => string;
  readonly filters?: readonly Filter[];
  /** The API gives this list as CSV and XLSX too. */
  readonly exports?: boolean;
  /** Asked besides what the address says. */
  readonly fixed?: ListSearch;
  /** Asked for again so often, while the page is seen. */
  readonly everyMs?: number;
  /** Beside the title: acts that make something new. */
  readonly acts?: ReactNode;
  /** Between the title and the list. */
  readonly children?: ReactNode;
}

interface PageOfRows<Row> {
  readonly items: readonly Row[];
  /** Of a list that comes whole there is none. */
  readonly next?: string | null;
}

const features = tableFeatures({ columnVisibilityFeature });

/** A list of the API: filters and the page in the address, so that what one sees can be kept, sent and gone back to. */
export function ListPage<Row extends object>(props: ListPageProps<Row>): ReactNode {
  const { title, path, viewsOf = path, filters = [], fixed, exports = false, everyMs, acts, children } = props;
  const say = useWords(common);
  const search = useSearch({ strict: false, select: (all) => all as ListSearch });
  const query = { ...queryOf(search, filters.flatMap(namesOf)), ...fixed };
  const { data, error, isPending, isPlaceholderData, refetch } = useQuery({
    queryKey: [path, query],
    queryFn: async ({ signal }) => (await read<PageOfRows<Row>>(path, query, signal)).body,
    placeholderData: keepPreviousData,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
  useEffect(() => {
    document.title = `${title} · ${say('brand')}`;
  });
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {title}
        </Title>
        <Group gap="xs">{acts}</Group>
      </Group>
      {children}
      <Group justify="space-between" align="end">
        <ListFilters filters={filters} search={search} />
        <Group gap="xs">
          <SavedViews page={viewsOf} search={search} />
          {exports && <Exports path={path} query={query} />}
        </Group>
      </Group>
      <ProblemNote error={error} />
      {error !== null && (
        <Button variant="light" style={{ alignSelf: 'start' }} onClick={() => void refetch()}>
          {say('retry')}
        </Button>
      )}
      {isPending ? (
        <Text>{say('loading')}</Text>
      ) : (
        data !== undefined && (
          <div aria-busy={isPlaceholderData}>
            <Rows {...props} rows={data.items} filtered={Object.keys(query).length > 0} />
            <Pages search={search} next={data.next ?? null} rows={data.items.length} />
          </div>
        )
      )}
    </Stack>
  );
}

function namesOf(filter: Filter): readonly string[] {
  return filter.kind === 'range' ? [filter.from, filter.to] : [filter.name];
}

interface RowsProps<Row> extends ListPageProps<Row> {
  readonly rows: readonly Row[];
  readonly filtered: boolean;
}

function Rows<Row extends object>({ columns, rows, rowKey, rowTo, filtered, title }: RowsProps<Row>): ReactNode {
  const say = useWords(common);
  const helper = useMemo(() => createColumnHelper<typeof features, Row>(), []);
  const defined = columns.map(({ id, head, cell }, at) =>
    helper.display({
      id,
      header: head,
      cell: ({ row }) =>
        at === 0 && rowTo !== undefined ? <Go to={rowTo(row.original)}>{cell(row.original)}</Go> : cell(row.original),
    }),
  );
  const table = useTable({ features, columns: defined, data: rows, getRowId: rowKey });
  const side = (id: string): string | undefined =>
    columns.find((column) => column.id === id)?.number === true ? 'number' : undefined;
  if (rows.length === 0) return <Text className="sheet">{say(filtered ? 'list.empty' : 'list.emptyAll')}</Text>;
  return (
    <div className="sheet scroll" style={{ padding: 0 }} tabIndex={0} role="region" aria-label={title}>
      <table className="list">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <th key={header.id} scope="col" className={side(header.column.id)}>
                  <FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id}>
              {row.getVisibleCells().map((cell) => (
                <td key={cell.id} className={side(cell.column.id)}>
                  <FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface PagesProps {
  readonly search: ListSearch;
  readonly next: string | null;
  readonly rows: number;
}

/** Forwards by cursor; backwards the way one came, and to the first page. */
function Pages({ search, next, rows }: PagesProps): ReactNode {
  const say = useWords(common);
  const navigate = useNavigate();
  const first = search.cursor === undefined;
  const to = (wanted: ListSearch): void => void navigate({ to: '.', search: wanted });
  return (
    <Group gap="xs" py="xs">
      <Text size="sm" className="soft">
        {say('list.rows', { count: rows })}
      </Text>
      {!first && (
        <>
          <Button
            variant="default"
            size="compact-md"
            onClick={() => {
              to(withFilter(search, {}));
            }}
          >
            {say('list.first')}
          </Button>{' '}
          {/* prettier-ignore */}
          <Button variant="default" size="compact-md" onClick={() => { window.history.back(); }}>{say('list.previous')}</Button>{' '}
          {/* prettier-ignore */}
        </>
      )}
      {
        next !== null &&
        <Button variant="default" size="compact-md" onClick={() => { to({ ...search, cursor: next }); }}>{say('list.next')}</Button> // prettier-ignore
      }
    </Group>
  );
}

function Exports({ path, query }: { readonly path: string; readonly query: ListSearch }): ReactNode {
  const say = useWords(common);
  const all = filtersOf(query); // a file holds the whole list, whichever page is looked at
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" size="compact-md">
          {say('list.export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(['csv', 'xlsx'] as const).map((format) => (
          <Menu.Item key={format} component="a" href={pathOf(path, { ...all, format })} download>
            <bdi dir="ltr">{format.toUpperCase()}</bdi>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
