package io.boxlite.samples.services;

import static org.assertj.core.api.Assertions.assertThat;

import io.boxlite.LiteBox;
import io.boxlite.junit.Box;
import io.boxlite.samples.DebianImages;
import java.net.InetSocketAddress;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.params.SetParams;

/** Each test has a Redis server of its own, which is empty. */
class RedisIT {
  @Box(
      image = DebianImages.REDIS,
      user = "redis",
      workingDir = "/srv/redis",
      memoryMib = 256,
      startCommand = {"redis-server", "--save", "", "--protected-mode", "no"},
      waitFor = "exec:redis-cli ping | grep PONG",
      ports = "6379")
  LiteBox server;

  private RedisClient redis;

  @BeforeAll
  static void provideTheImage() {
    DebianImages.provide(DebianImages.REDIS);
  }

  @BeforeEach
  void connect() {
    InetSocketAddress address = server.network().address(6379);
    redis = RedisClient.create(address.getHostString(), address.getPort());
  }

  @AfterEach
  void disconnect() {
    redis.close();
  }

  @Test
  void keepsValuesUntilTheyExpire() throws InterruptedException {
    assertThat(redis.dbSize()).isZero();
    redis.set("short", "gone soon", SetParams.setParams().px(100));
    redis.set("long", "there", SetParams.setParams().ex(100));

    TimeUnit.MILLISECONDS.sleep(200);

    assertThat(redis.get("short")).isNull();
    assertThat(redis.get("long")).isEqualTo("there");
    assertThat(redis.ttl("long")).isBetween(90L, 100L);
  }

  @Test
  void answersAThousandRequestsAtOnce() {
    try (Pipeline pipeline = redis.pipelined()) {
      Response<Long> last = null;
      for (int i = 0; i < 1000; i++) {
        last = pipeline.incr("counter");
      }
      pipeline.sync();
      assertThat(last).isNotNull();
      assertThat(last.get()).isEqualTo(1000);
    }
  }

  @Test
  void keepsALargeValue() {
    byte[] key = {1};
    byte[] value = new byte[8 << 20];
    new Random(1).nextBytes(value);

    redis.set(key, value);

    assertThat(redis.get(key)).isEqualTo(value);
  }

  @Test
  void sendsMessagesToSubscribers() throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    JedisPubSub subscriber =
        new JedisPubSub() {
          @Override
          public void onSubscribe(String channel, int channels) {
            received.add("subscribed");
          }

          @Override
          public void onMessage(String channel, String message) {
            received.add(message);
          }
        };
    Thread thread = new Thread(() -> redis.subscribe(subscriber, "news"), "subscriber");
    thread.start();
    try {
      assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("subscribed");
      assertThat(redis.publish("news", "first")).isEqualTo(1);
      assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("first");
    } finally {
      subscriber.unsubscribe();
      thread.join();
    }
  }
}
