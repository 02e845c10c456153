import { List, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { common } from '../words/common.ts';
import { useWords } from '../words/tongue.ts';

/** What went wrong, in the words of the API: its title, what to do, the places, and the number that the log has.
 *  @param error undefined: nothing went wrong */
export function ProblemNote({ error }: { readonly error: unknown }): ReactNode {
  const say = useWords(common);
  if (error === undefined || error === null) return null;
  if (!(error instanceof ApiProblem)) {
    return (
      <div className="note bad" role="alert">
        <Text fw={600}>{say('problem.own')}</Text>
        {error instanceof Error ? <bdi dir="ltr">{error.message}</bdi> : null}
      </div>
    );
  }
  const { title, detail, errors = [], instance, code } = error.problem;
  return (
    <div className="note bad" role="alert">
      <Text fw={600}>{title}</Text>
      <Text>{detail}</Text>
      {errors.length > 0 && (
        <List size="sm">
          {errors.map(({ pointer, detail: fault }) => (
            <List.Item key={pointer + fault}>
              <bdi dir="ltr">{pointer}</bdi>: {fault}
            </List.Item>
          ))}
        </List>
      )}
      {error.retryAfterS !== undefined && <Text>{say('problem.wait', { count: error.retryAfterS })}</Text>}
      <Text size="xs" className="soft">
        <bdi dir="ltr">
          {code} {instance.replace('urn:kalabarg:request:', '')}
        </bdi>
      </Text>
    </div>
  );
}
