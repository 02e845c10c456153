import { redisHealth } from '../../settlement/jobs/index.ts';
import { critical, ok, warning, type Said } from '../finding.ts';
import type { Patient } from '../patient.ts';

/** The queues of settlement: a doorbell, so that what is lost there only waits for the next day's ring. */
export async function queue({ config }: Patient): Promise<Said[]> {
  if (config.redisUrl === '') return [ok('job queues lie in PostgreSQL')];
  const { fault, policy, failed } = await redisHealth(config.redisUrl);
  if (fault !== undefined)
    return [critical(`Redis does not answer: ${fault}`, 'start it; what was rung for meanwhile is rung for again')];
  const said: Said[] = [];
  if (policy !== 'noeviction')
    said.push(critical(`Redis may forget jobs (maxmemory-policy ${policy})`, 'set maxmemory-policy noeviction'));
  if (failed > 0) said.push(warning(`${failed} jobs failed for good`, 'kalabarg settlement status names the days that stand still')); // prettier-ignore
  return said.length > 0 ? said : [ok('Redis answers, forgets nothing, and no job has failed')];
}
