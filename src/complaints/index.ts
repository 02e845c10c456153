/** Complaints about purchases (people.md 8). */
export { actOnComplaint, fileComplaint, watchComplaints, type ComplaintRequest } from './act.ts';
export {
  COMPLAINT_KINDS,
  COMPLAINT_STATES,
  complaintPosition,
  FINDINGS,
  REMEDIES,
  type ComplaintKind,
  type ComplaintPosition,
  type Finding,
  type Remedy,
} from './complaint.ts';
export { complaintsOfShop, findComplaint, listComplaints, readComplaint, type KeptComplaint } from './store.ts';
export { REVERSAL_MS } from './look.ts';
