import java.io.Serializable;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jpos.core.Configurable;
import org.jpos.core.Configuration;
import org.jpos.core.ConfigurationException;
import org.jpos.iso.ISOMsg;
import org.jpos.transaction.Context;
import org.jpos.transaction.TransactionParticipant;

/** The terminal is known, and the MAC of what moves money holds. A network message has its answer here. */
public final class Check implements TransactionParticipant, Configurable {
  @Override
  public int prepare(long id, Serializable holder) {
    Context context = (Context) holder;
    ISOMsg request = context.get("REQUEST");
    try {
      ISOMsg answer = (ISOMsg) request.clone();
      answer.setHeader((byte[]) null);
      answer.setResponseMTI();
      answer.unset(new int[] {22, 25, 35, 48, 52, 53, 55, 64, 128});
      answer.set(39, "00");
      context.put("RESPONSE", answer);
      Terminals.Keys keys = Terminals.of(request.getString(41));
      if (keys == null) return refused(answer, "03");
      context.put("KEYS", keys);
      if (request.getMTI().startsWith("08")) {
        if (request.getString(70).equals("101")) answer.set(48, tag("30", keys.tpkBlock()) + tag("31", keys.takBlock()));
        return PREPARED | READONLY;
      }
      byte[] image = request.getHeader();
      byte[] mac = keys.mac().over(image, image.length - 8);
      if (!MessageDigest.isEqual(mac, Arrays.copyOfRange(image, image.length - 8, image.length))) return refused(answer, "63");
      return PREPARED | READONLY;
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }

  private static int refused(ISOMsg answer, String code) throws Exception {
    answer.set(39, code);
    return PREPARED | READONLY;
  }

  private static String tag(String name, String value) {
    return name + String.format("%03d", value.length()) + value;
  }

  @Override
  public void setConfiguration(Configuration configuration) throws ConfigurationException {
    try {
      Terminals.read(configuration.get("terminals"));
    } catch (Exception error) {
      throw new ConfigurationException(error);
    }
  }
}
