import java.io.Serializable;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.sql.DataSource;
import org.jpos.iso.ISOMsg;
import org.jpos.transaction.Context;
import org.jpos.transaction.TransactionParticipant;
import org.jpos.util.NameRegistrar;

/** A purchase from the voucher, in one SQL transaction: card, household and bucket, the request's name, transaction, postings. */
public final class Purchase implements TransactionParticipant {
  private static final SecretKeySpec PEPPER = new SecretKeySpec("of the bench".getBytes(StandardCharsets.UTF_8), "HmacSHA256");
  private static final String UNIQUE = "23505";
  private final DataSource pool = NameRegistrar.getIfExists("pool");

  @Override
  public int prepare(long id, Serializable holder) {
    Context context = (Context) holder;
    ISOMsg request = context.get("REQUEST");
    ISOMsg answer = context.get("RESPONSE");
    if (!"00".equals(answer.getString(39)) || !request.getString(0).startsWith("02")) return PREPARED | READONLY;
    try {
      buy(request, answer);
      return PREPARED | READONLY;
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }

  private void buy(ISOMsg request, ISOMsg answer) throws Exception {
    long amount = Long.parseLong(request.getString(4));
    String pan = request.getString(35).split("[=D]")[0];
    try (Connection connection = pool.getConnection()) {
      try {
        long bucket;
        long household;
        long left;
        try (PreparedStatement find = connection.prepareStatement(
            "select b.id, b.household, b.remaining from cards c join buckets b on b.household = c.household"
                + " where c.hash = ? and b.expires >= current_date and b.remaining > 0 order by b.expires limit 1 for update of b")) {
          find.setBytes(1, hash(pan));
          try (ResultSet row = find.executeQuery()) {
            if (!row.next()) {
              answer.set(39, "51");
              return;
            }
            bucket = row.getLong(1);
            household = row.getLong(2);
            left = row.getLong(3);
          }
        }
        long taken = Math.min(amount, left);
        String rrn = request.getString(11) + request.getString(41).substring(2);
        long transaction;
        try (PreparedStatement write = connection.prepareStatement(
            "insert into transactions (rrn, terminal, merchant, household, amount, voucher) values (?, ?, ?, ?, ?, ?) returning id")) {
          write.setString(1, rrn);
          write.setString(2, request.getString(41));
          write.setString(3, request.getString(42));
          write.setLong(4, household);
          write.setBigDecimal(5, BigDecimal.valueOf(amount));
          write.setBigDecimal(6, BigDecimal.valueOf(taken));
          try (ResultSet row = write.executeQuery()) {
            row.next();
            transaction = row.getLong(1);
          }
        }
        try (PreparedStatement name = connection.prepareStatement(
            "insert into requests (terminal, stan, local, transaction) values (?, ?, ?, ?)")) {
          name.setString(1, request.getString(41));
          name.setString(2, request.getString(11));
          name.setString(3, request.getString(13) + request.getString(12));
          name.setLong(4, transaction);
          name.executeUpdate();
        }
        try (PreparedStatement take = connection.prepareStatement("update buckets set remaining = remaining - ? where id = ?")) {
          take.setLong(1, taken);
          take.setLong(2, bucket);
          take.executeUpdate();
        }
        try (PreparedStatement post = connection.prepareStatement(
            "insert into postings (transaction, account, amount) values (?, 'voucher', ?), (?, 'merchant', ?)")) {
          post.setLong(1, transaction);
          post.setLong(2, -taken);
          post.setLong(3, transaction);
          post.setLong(4, taken);
          post.executeUpdate();
        }
        connection.commit();
        answer.set(37, rrn);
        answer.set(38, String.format("%06d", transaction % 1_000_000));
        answer.set(39, taken == amount ? "00" : "10");
        answer.set(48, "11022" + String.format("%022d", transaction));
        answer.set(54, line("98", "41", "D", taken) + line("98", "02", "C", left - taken));
      } catch (SQLException error) {
        connection.rollback();
        if (!UNIQUE.equals(error.getSQLState())) throw error;
        answer.set(39, "94");
      }
    }
  }

  private static String line(String account, String type, String sign, long amount) {
    return account + type + "364" + sign + String.format("%012d", amount);
  }

  private static byte[] hash(String pan) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(PEPPER);
    return mac.doFinal(pan.getBytes(StandardCharsets.US_ASCII));
  }
}
