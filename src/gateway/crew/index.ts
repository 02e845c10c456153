export { openCrew, type Crew } from './crew.ts';
export { Member, type CrewPlace } from './member.ts';
