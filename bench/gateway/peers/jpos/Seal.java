import java.io.Serializable;
import java.util.Arrays;
import org.jpos.iso.ISOMsg;
import org.jpos.transaction.Context;
import org.jpos.transaction.TransactionParticipant;

/** The answer's MAC. */
public final class Seal implements TransactionParticipant {
  @Override
  public int prepare(long id, Serializable holder) {
    Context context = (Context) holder;
    ISOMsg answer = context.get("RESPONSE");
    Terminals.Keys keys = context.get("KEYS");
    if (keys == null) return PREPARED | READONLY;
    try {
      int field = answer.getMaxField() > 64 ? 128 : 64;
      answer.set(field, new byte[8]);
      answer.setPackager(((ISOMsg) context.get("REQUEST")).getPackager());
      byte[] bytes = answer.pack();
      answer.set(field, keys.mac().over(bytes, bytes.length - 8));
      return PREPARED | READONLY;
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }
}
